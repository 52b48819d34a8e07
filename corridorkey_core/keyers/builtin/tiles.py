"""A picture in parts, each with what is seen around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt

import torch

from corridorkey_core.area import Area
from corridorkey_core.by_rows import PIXELS

GRID = 4  # tiles begin and end at multiples of this
_ELSEWHERE = 2_400_000  # than on a CPU: so many that 1920 × 1080 is a single tile
_MUCH = 8  # times the rows around: stripes with that many of their own need no columns


@dataclass(frozen=True)
class Tile:
    """An area that is `wanted`, within what has to be `seen` for it."""

    wanted: Area
    seen: Area

    @classmethod
    def of(cls, wanted: Area, around: int, whole: Area) -> Tile:
        """An area, seen with what is `around` it of the whole picture."""
        return cls(wanted, wanted.grown(around, whole))

    @property
    def within(self) -> Area:
        """What is wanted, counted from the corner of what is seen."""
        return self.wanted.counted_from(self.seen)


def tile_pixels(device: torch.device) -> int:
    """How many pixels a tile has at most where memory is not short, with those around it."""
    return PIXELS if device.type == "cpu" else _ELSEWHERE


def tiles(height: int, width: int, pixels: int, around: int = 0) -> Iterator[Tile]:
    """A picture in tiles of about so many `pixels`, each seen with what is `around` it.

    They are whole rows, or as square as can be where a fifth of such rows would be seen for others
    only; still, half of what is seen along an edge is wanted at least.
    """
    whole = Area.whole(height, width)
    across = width
    if pixels // width < (_MUCH + 2) * around:
        across = _even(width, max(2 * around, isqrt(pixels) - 2 * around))
    seen = min(width, across + 2 * around)
    down = max(2 * around, (pixels // seen - 2 * around) // GRID * GRID, GRID)
    for top in range(0, height, down):
        for left in range(0, width, across):
            rows = slice(top, min(height, top + down))
            columns = slice(left, min(width, left + across))
            yield Tile.of(Area(rows, columns), around, whole)


def _even(length: int, most: int) -> int:
    """How long the pieces of a length are: about `most` or less, the last not much smaller."""
    pieces = -(-length // most)
    return -(-length // (pieces * GRID)) * GRID
