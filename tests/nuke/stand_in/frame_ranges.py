"""Ranges of frames: `1-10`, `1-10x2`, and several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

RANGE = re.compile(r"(-?\d+)(?:-(-?\d+)(?:x(\d+))?)?")


class FrameRange:
    """Frames from a first to a last, every so many: (1, 9, 2) or "1-9x2"."""

    def __init__(self, *args: Any) -> None:
        if len(args) == 1 and isinstance(args[0], str):
            match = RANGE.fullmatch(args[0].strip())
            if match is None:
                raise ValueError(f"{args[0]!r} is no range of frames")
            first = int(match[1])
            args = (first, int(match[2] or first), int(match[3] or 1))
        self._first, self._last, self._step = (int(one) for one in args)

    def first(self) -> int:
        """The first frame."""
        return self._first

    def last(self) -> int:
        """The last frame."""
        return self._last

    def increment(self) -> int:
        """How many frames on to the next."""
        return self._step

    def frames(self) -> int:
        """How many there are."""
        return len(list(self))

    def minFrame(self) -> int:
        """The lowest."""
        return min(self._first, self._last)

    def maxFrame(self) -> int:
        """The highest."""
        return max(self._first, self._last)

    def isInRange(self, n: int) -> bool:
        """Whether a frame is one of them."""
        return n in list(self)

    def __iter__(self) -> Iterator[int]:
        return iter(range(self._first, self._last + 1, self._step))

    def __str__(self) -> str:
        return f"{self._first}-{self._last}x{self._step}"


class FrameRanges:
    """Several ranges, from texts, ranges or frames."""

    def __init__(self, *args: Any) -> None:
        parts = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
        self._ranges = [part for one in parts for part in _ranges(one)]

    def add(self, r: Any) -> None:
        """Add a range."""
        self._ranges += _ranges(r)

    def clear(self) -> None:
        """Leave none."""
        self._ranges = []

    def size(self) -> int:
        """How many ranges there are."""
        return len(self._ranges)

    def getRange(self, n: int) -> FrameRange:
        """One of them."""
        return self._ranges[n]

    def minFrame(self) -> int:
        """The lowest frame."""
        return min(one.minFrame() for one in self._ranges)

    def maxFrame(self) -> int:
        """The highest frame."""
        return max(one.maxFrame() for one in self._ranges)

    def toFrameList(self) -> list[int]:
        """All frames, in order, each once."""
        return sorted({frame for one in self._ranges for frame in one})

    def __iter__(self) -> Iterator[FrameRange]:
        return iter(self._ranges)


def _ranges(part: Any) -> Sequence[FrameRange]:
    if isinstance(part, FrameRange):
        return [part]
    if isinstance(part, int):
        return [FrameRange(part, part, 1)]
    if isinstance(part, str):
        return [FrameRange(one) for one in part.split()]
    raise TypeError(f"{part!r} is no range of frames")
