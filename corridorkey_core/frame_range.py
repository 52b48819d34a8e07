"""Frame ranges as text, read by fileseq and written as it writes them.

fileseq is imported only where text is parsed, so that a host's Python can load this file, and name
frames in its messages, without it. Standard library otherwise, Python 3.9.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from corridorkey_core.errors import SequenceError

MOST_FRAMES = 10_000_000
_PART = r"-?[0-9]+(?:--?[0-9]+(?:x[0-9]+)?)?"
_RANGE = re.compile(rf"{_PART}(?:,{_PART})*,?")
_SPAN = re.compile(r"(-?[0-9]+)-(-?[0-9]+)(?:x([0-9]+))?")
_REFUSED = (
    (":", "':' is a stagger in some programs and a step in others; write a step as 1-10x2"),
    ("y", "'y' leaves frames out, which is not supported; name the frames that are wanted"),
    (".", "subframes are not supported; name whole frames"),
    ("x0", "a step must be 1 or more"),
)


def parse_frames(text: str) -> tuple[int, ...]:
    """The frames of a range such as `1001-1100`, `1-100x2`, `1-10,20-30` or `-5--2`.

    Order is kept and repeats are dropped. Raises `SequenceError`.
    """
    import fileseq

    compact = re.sub(r"\s*([,x-])\s*", r"\1", text.strip())
    if not _RANGE.fullmatch(compact):
        raise SequenceError(_why_refused(text))
    if sum(_length(part) for part in compact.split(",")) > MOST_FRAMES:
        raise SequenceError(f"The frame range {text!r} has more than {MOST_FRAMES:,} frames.")
    try:
        return tuple(int(frame) for frame in fileseq.FrameSet(compact.rstrip(",")))
    except fileseq.ParseException as error:
        raise SequenceError(_why_refused(text)) from error


def format_frames(frames: Iterable[int]) -> str:
    """Frames as a compact range that `parse_frames` reads back in the same order; "" for none."""
    listed, parts, first = list(dict.fromkeys(frames)), [], 0
    while first < len(listed):
        count, step = _steady(listed, first)
        if count < 3 and abs(step) != 1:
            count = 1
        last = f"-{listed[first + count - 1]}" if count > 1 else ""
        parts.append(f"{listed[first]}{last}{f'x{abs(step)}' if last and abs(step) != 1 else ''}")
        first += count
    return ",".join(parts)


def _steady(frames: list[int], first: int) -> tuple[int, int]:
    """How many frames from `first` on are one step apart, and which step."""
    if first + 1 == len(frames):
        return 1, 1
    step, end = frames[first + 1] - frames[first], first + 2
    while end < len(frames) and frames[end] - frames[end - 1] == step:
        end += 1
    return end - first, step


def _why_refused(text: str) -> str:
    if not text.strip():
        return "The frame range is empty; expected such as 1001-1100."
    expected = "expected such as 1001-1100, 1-100x2, 1-10,20-30 or -5--2"
    for mark, reason in _REFUSED:
        if mark in text:
            return f"The frame range {text!r} is not understood: {reason}."
    return f"The frame range {text!r} is not understood; {expected}."


def _length(part: str) -> int:
    span = _SPAN.fullmatch(part)
    if not span:
        return 1
    return abs(int(span[2]) - int(span[1])) // (int(span[3] or 1) or 1) + 1
