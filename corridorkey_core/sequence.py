"""Frame ranges and file patterns.

Ranges and patterns are read by fileseq, which is imported only where text is parsed, so that a
host's Python can hold a `Sequence` without it. Standard library otherwise, Python 3.9.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from corridorkey_core.errors import SequenceError
from corridorkey_core.parameter import did_you_mean

MOVIES = (".mov", ".mp4", ".mkv", ".m4v", ".avi", ".mxf", ".webm")
PICTURES = (".exr", ".tif", ".tiff", ".dpx", ".cin", ".png", ".jpg", ".jpeg", ".tga", ".hdr")
LONGEST = 1_000_000
_PLACE = re.compile(r"%0?\d*d|#+|@+")
_RANGED_PLACE = re.compile(r"(-?\d+--?\d+(?:x\d+)?(?:,-?\d+(?:--?\d+(?:x\d+)?)?)*)(#+|@+|%0?\d*d)")
_NUMBERED = re.compile(r"^(?P<head>.*?)(?P<number>(?:(?<=[._ ])-)?\d+)(?P<tail>\.[^.]+)$")


@dataclass(frozen=True)
class Sequence:
    """Pictures found on disk: a numbered sequence, one still without a number, or a movie.

    `head` and `tail` stand before and after a frame's number of `padding` digits; a still and a
    movie have all of their path in `head`. `frames` are the numbers on disk, ascending.
    """

    head: str
    tail: str = ""
    padding: int = 0
    frames: tuple[int, ...] = ()

    @property
    def is_movie(self) -> bool:
        """Whether all frames are in one movie."""
        return not self.tail and self.head.lower().endswith(MOVIES)

    @property
    def is_still(self) -> bool:
        """Whether it is one picture without a frame number."""
        return not self.tail and not self.is_movie

    @property
    def name(self) -> str:
        """Base name without frame number and extension."""
        base = os.path.basename(self.head)  # noqa: PTH119
        if not self.tail:
            return os.path.splitext(base)[0]  # noqa: PTH122
        return base.rstrip("._- ") or "frames"

    def path(self, number: int) -> str:
        """The file that holds a frame; a movie's or a still's own path."""
        if not self.tail:
            return self.head
        digits = f"{abs(number):0{max(0, self.padding - (number < 0))}d}"
        return f"{self.head}{'-' if number < 0 else ''}{digits}{self.tail}"


def parse_frames(text: str) -> tuple[int, ...]:
    """The frames of a range such as `1001-1100`, `1-100x2`, `1-10,20-30` or `-5--2`.

    Order is kept and repeats are dropped. Raises `SequenceError`.
    """
    import fileseq

    compact = re.sub(r"\s+", "", text)
    if not re.fullmatch(r"-?\d+(--?\d+(x-?\d+)?)?(,-?\d+(--?\d+(x-?\d+)?)?)*,?", compact):
        _refuse_range(text)
    sizes = [_length(part) for part in compact.split(",") if part]
    if sum(sizes) > LONGEST:
        raise SequenceError(f"The range {text!r} has over {LONGEST:,} frames.")
    try:
        return tuple(int(frame) for frame in fileseq.FrameSet(compact.rstrip(",")))
    except fileseq.ParseException:
        _refuse_range(text)


def _refuse_range(text: str) -> NoReturn:
    raise SequenceError(
        f"The frame range {text!r} is not understood; expected such as 1001-1100, 1-100x2 or "
        "1-10,20-30, in whole frames."
    )


def _length(part: str) -> int:
    match = re.fullmatch(r"(-?\d+)-(-?\d+)(?:x(-?\d+))?", part)
    if not match:
        return 1
    step = abs(int(match[3] or 1)) or 1
    return abs(int(match[2]) - int(match[1])) // step + 1


def format_frames(frames: Iterable[int]) -> str:
    """Frames as a compact range that `parse_frames` reads back."""
    import fileseq

    listed = list(dict.fromkeys(frames))
    return str(fileseq.framesToFrameRange(listed, sort=False)) if listed else ""


def find_sequence(text: str) -> Sequence:
    """What a pattern, a folder, a file or a movie names on disk.

    `shot.####.exr`, `shot.%04d.exr`, `shot.@@@@.exr` and `shot.1001-1100#.exr` name sequences,
    a folder the one sequence in it, a numbered file itself alone. Raises `SequenceError`.
    """
    text = os.path.expanduser(text)  # noqa: PTH111
    if "<UDIM>" in text or "<uvtile>" in text.lower():
        raise SequenceError(f"{text} names texture tiles; expected a frame sequence.")
    if os.path.isdir(text):  # noqa: PTH112
        return _in_folder(text)
    if os.path.isfile(text):  # noqa: PTH113
        return _single(text)
    folder, base = os.path.split(text)
    ranged = _RANGED_PLACE.search(base)
    if ranged:
        base = base[: ranged.start()] + ranged[2] + base[ranged.end() :]
    places = list(_PLACE.finditer(base))
    if not places:
        raise SequenceError(f"There is no file {text}.{_near(folder, base)}")
    wanted = frozenset(parse_frames(ranged[1])) if ranged else None
    return _matching(folder, base, places[-1], wanted)


def _single(path: str) -> Sequence:
    if path.lower().endswith(MOVIES):
        return Sequence(path)
    folder, base = os.path.split(path)
    match = _NUMBERED.match(base)
    if not match:
        return Sequence(path)
    head = os.path.join(folder, match["head"])  # noqa: PTH118
    return Sequence(head, match["tail"], len(match["number"]), (int(match["number"]),))


def _in_folder(folder: str) -> Sequence:
    found: dict[tuple[str, str], list[str]] = {}
    movies = []
    for name in sorted(_names(folder)):
        if name.startswith("."):
            continue
        if name.lower().endswith(MOVIES):
            movies.append(name)
        match = _NUMBERED.match(name)
        if match and name.lower().endswith(PICTURES):
            found.setdefault((match["head"], match["tail"]), []).append(match["number"])
    if len(movies) + len(found) != 1:
        _refuse_folder(folder, found, movies)
    if movies:
        return Sequence(os.path.join(folder, movies[0]))  # noqa: PTH118
    ((head, tail), numbers) = found.popitem()
    padding = min(len(number) for number in numbers)
    frames = tuple(sorted({int(number) for number in numbers}))
    return Sequence(os.path.join(folder, head), tail, padding, frames)  # noqa: PTH118


def _refuse_folder(folder: str, found: dict[tuple[str, str], Any], movies: list[str]) -> NoReturn:
    listed = [f"{head}#{tail} ({len(found[head, tail])})" for head, tail in found] + movies
    if not listed:
        raise SequenceError(f"The folder {folder} has no numbered pictures and no movie.")
    shown = ", ".join(listed[:8]) + (" ..." if len(listed) > 8 else "")
    raise SequenceError(
        f"The folder {folder} has {len(listed)} sequences: {shown}. Name one, such as "
        f"{os.path.join(folder, listed[0].split(' (')[0])}."  # noqa: PTH118
    )


def _matching(
    folder: str, base: str, place: re.Match[str], wanted: frozenset[int] | None
) -> Sequence:
    head, tail = base[: place.start()], base[place.end() :]
    padding = _padding(place[0])
    form = re.compile(re.escape(head) + r"(-?\d+)" + re.escape(tail))
    matches = [form.fullmatch(name) for name in _names(folder)]
    numbers = [match[1] for match in matches if match and _padded(match[1], padding)]
    frames = {int(number) for number in numbers}
    if wanted is not None:
        frames &= wanted
    if not frames:
        raise SequenceError(
            f"No file matches {os.path.join(folder, base)}.{_near(folder, base)}"  # noqa: PTH118
        )
    if padding == 1:
        padding = min(len(number) for number in numbers)
    return Sequence(os.path.join(folder, head), tail, padding, tuple(sorted(frames)))  # noqa: PTH118


def _padding(place: str) -> int:
    """Digits of a place: each # or @ is one, as in Nuke; a lone # takes what is on disk."""
    if place.startswith("%"):
        return int(place[1:-1] or 1)
    return len(place)


def _padded(number: str, padding: int) -> bool:
    """Whether a number is written as the pattern asks: longer only where it does not fit."""
    return (
        len(number) == padding
        or (len(number) > padding and number.lstrip("-")[0] != "0")
        or (padding == 1)
    )


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")  # noqa: PTH208
    except FileNotFoundError as error:
        raise SequenceError(f"There is no folder {folder}.") from error
    except OSError as error:
        raise SequenceError(f"The folder {folder} cannot be listed: {error.strerror}.") from error


def _near(folder: str, base: str) -> str:
    shapes = {re.sub(r"\d+(?=\.[^.]+$)", "#", name) for name in _names(folder)}
    return did_you_mean(re.sub(r"[#@]+|%0?\d*d", "#", base), shapes)
