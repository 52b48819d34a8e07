"""Frames as Open Job Description writes them: `1-10,20-30:2`, where a colon is a step."""

from __future__ import annotations

import re
from collections.abc import Iterable

from corridorkey_core.errors import SequenceError
from corridorkey_core.frame_range import format_frames, parse_frames

_PART = r"-?[0-9]+(?:--?[0-9]+(?::-?[0-9]+)?)?"
_RANGE = re.compile(rf"{_PART}(?:,{_PART})*")


def openjd_range(frames: Iterable[int]) -> str:
    """Frames, each once, as an ascending range of Open Job Description."""
    return format_frames(sorted(set(frames))).replace("x", ":")


def read_openjd_range(text: str) -> str:
    """The same range as this project writes it, `1-10,20-30x2`; raises `SequenceError`."""
    compact = re.sub(r"\s", "", text)
    if not _RANGE.fullmatch(compact) or ":0" in compact:
        raise SequenceError(
            f"The frames {text!r} are not understood; expected a range of Open Job Description "
            "such as 1-10,20-30:2."
        )
    ours = re.sub(r":-?", "x", compact)  # a range that runs down has a step below 0 there
    return format_frames(parse_frames(ours))
