"""What a file pattern names on disk: a numbered sequence, a still, or a movie.

A host's Python can load this file: the packages that read ranges and movies are imported where
they are needed. Standard library otherwise, Python 3.9.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from corridorkey_core.errors import SequenceError
from corridorkey_core.folder import (
    MOVIES,
    file_names,
    list_folder,
    split_number,
    what_is_there,
)
from corridorkey_core.frame_range import format_frames, parse_frames
from corridorkey_core.numbering import NUMBER, Numbered, Numbering, numberings, padded

__all__ = [
    "MOVIES",
    "Sequence",
    "find_sequence",
    "format_frames",
    "parse_frames",
    "spread",
    "surveyed",
]

STILL_FRAME = 1
SURVEYED = 3
UNNUMBERED = Numbering(0)
_PLACE = re.compile(r"%(?:0?[0-9]+)?d|#+|@+")
_SPAN = r"-?[0-9]+(?:--?[0-9]+(?:x[0-9]+)?)?"
# A minus is a sign after a separator, and elsewhere a hyphen of the name.
_RANGED = re.compile(
    r"(?:(?:(?<=[._ ])|^)(?=-)|(?<![0-9])(?=[0-9]))(?=-?[0-9]+[-,])"
    rf"({_SPAN}(?:,{_SPAN})*)(#+|@+|%(?:0?[0-9]+)?d)"
)
_TILES = re.compile(r"<udim>|<uvtile>|%\(udim\)d", re.IGNORECASE)


@dataclass(frozen=True)
class Sequence:
    """Pictures found on disk: a numbered sequence, one still without a number, or a movie.

    In a file's name `head` and `tail` stand before and after the frame's number; a still and a
    movie have all of it in `head`. `frames`, ascending, are the numbers on disk, or those that
    the pattern itself names (`shot.1001-1100#.exr`), there or not. A still is frame 1, and so is
    a movie's first.
    """

    folder: str
    head: str
    tail: str = ""
    numbering: Numbering = UNNUMBERED
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
    def padding(self) -> int:
        """Least number of characters of a frame number; 0 for a still and a movie."""
        return self.numbering.padding

    @property
    def name(self) -> str:
        """Base name without frame number and extension; the folder's where nothing is left."""
        stem = self.head.rstrip("._- ") if self.tail else Path(self.head).stem
        return stem or Path(self.folder).name or "frames"

    def path(self, number: int) -> str:
        """The file that holds a frame; a movie's or a still's own path."""
        if not self.tail:
            return str(Path(self.folder, self.head))
        return str(Path(self.folder, f"{self.head}{self.numbering.written(number)}{self.tail}"))


def find_sequence(text: str) -> Sequence:
    """What a pattern, a folder, a file or a movie names on disk.

    `shot.####.exr`, `shot.%04d.exr`, `shot.@@@@.exr` and `shot.1001-1100#.exr` name sequences,
    each # or @ one digit, and a lone one whatever padding is on disk; a folder names the one
    sequence in it, a numbered file itself alone. Raises `SequenceError`, and for a movie
    `MissingExtraError` or `ReadError`.
    """
    if not text.strip():
        raise SequenceError("No files are named; expected a pattern, a folder, a file or a movie.")
    if _TILES.search(text):
        raise SequenceError(f"{text} names texture tiles (UDIM); expected frames: shot.####.exr.")
    path = Path(text).expanduser() if text.startswith("~/") else Path(text)
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        return _single(path)
    return _matching(path)


def spread(numbers: tuple[int, ...], count: int) -> tuple[int, ...]:
    """At most `count` of `numbers`, evenly spread from first to last."""
    if len(numbers) <= count:
        return numbers
    return tuple(numbers[index * (len(numbers) - 1) // (count - 1)] for index in range(count))


def surveyed(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The frames of a shot that decide for all of them, such as which screen it has."""
    return spread(numbers, SURVEYED)


def _single(path: Path) -> Sequence:
    folder, base = str(path.parent), path.name
    if base.lower().endswith(MOVIES):
        from corridorkey_core.movie import count_frames

        return Sequence(folder, base, frames=tuple(range(1, count_frames(str(path)) + 1)))
    split = split_number(base)
    if not split:
        return Sequence(folder, base, frames=(STILL_FRAME,))
    head, number, tail = split
    ((numbering, frames),) = numberings([number])
    return Sequence(folder, head, tail, numbering, frames)


def _in_folder(folder: Path) -> Sequence:
    listing = list_folder(folder)
    if len(listing.sequences) == 1 and not listing.movies:
        (files,) = listing.sequences
        return Sequence(str(folder), files.head, files.tail, files.numbering, files.frames)
    single = listing.movies or listing.stills
    if len(single) == 1 and not listing.sequences:
        return _single(folder / single[0])
    raise SequenceError(f"Expected one sequence in the folder {folder}.{what_is_there(folder)}")


def _matching(path: Path) -> Sequence:
    folder, base = path.parent, path.name
    ranged = _RANGED.search(base)
    if ranged:
        base = base[: ranged.start()] + ranged[2] + base[ranged.end() :]
    places = list(_PLACE.finditer(base))
    if not places:
        raise SequenceError(f"There is no file {path}.{what_is_there(folder, base)}")
    numbering, frames = _on_disk(folder, base, places[-1])
    if ranged:
        wanted = parse_frames(ranged[1])
        if not set(wanted) & set(frames):
            raise SequenceError(f"{path}: only frames {format_frames(frames)} are there.")
        frames = tuple(sorted(wanted))
    head, tail = base[: places[-1].start()], base[places[-1].end() :]
    return Sequence(str(folder), head, tail, numbering, frames)


def _on_disk(folder: Path, base: str, place: re.Match[str]) -> Numbered:
    """The one sequence that a pattern's place fits; a lone # or @ fits any padding."""
    head, tail = re.escape(base[: place.start()]), re.escape(base[place.end() :])
    matches = [re.fullmatch(f"{head}({NUMBER}){tail}", name) for name in file_names(folder)]
    texts = [match[1] for match in matches if match]
    if place[0] in ("#", "@"):
        found = numberings(texts)
    else:
        exact = padded(texts, _padding(place[0]))
        found = [exact] if exact else []
    if len(found) == 1:
        return found[0]
    if not found:
        raise SequenceError(f"No file matches {folder / base}.{what_is_there(folder, base)}")
    raise SequenceError(
        f"{folder / base} fits several sequences; name one of them.{what_is_there(folder, base)}"
    )


def _padding(place: str) -> int:
    return int(place.strip("%d") or 1) if place[0] == "%" else len(place)
