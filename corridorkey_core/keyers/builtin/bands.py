"""Pictures too large for the memory: worked on in bands of rows, seamlessly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from corridorkey_core.keyers.builtin.network import BLOCK, REACH

# On a CPU so few that an allocator keeps what a stripe is worked on in (glibc's returns blocks of
# 32 MiB), elsewhere so many that 1920 × 1080 is a single one.
_STRIPE_ON_CPU, _STRIPE = 360_000, 2_400_000


@dataclass(frozen=True)
class Band:
    """Rows that are `wanted`, within those that have to be `seen` for them."""

    wanted: slice
    seen: slice

    @property
    def within(self) -> slice:
        """The wanted rows, counted from the first that is seen."""
        return slice(self.wanted.start - self.seen.start, self.wanted.stop - self.seen.start)


def bands(height: int, width: int, most_pixels: int) -> Iterator[Band]:
    """Bands over a picture, none of which sees more than `most_pixels`, if that can be.

    They begin at multiples of the network's blocks, so its pyramid lies as over the whole.
    """
    rows = height
    if height * width > most_pixels:
        rows = max(BLOCK, (most_pixels // width - 2 * REACH) // BLOCK * BLOCK)
    yield from _cut(slice(0, height), rows, REACH)


def stripe_pixels(device: torch.device) -> int:
    """How many pixels a stripe has at most, with those around it."""
    return _STRIPE_ON_CPU if device.type == "cpu" else _STRIPE


def stripes(rows: slice, width: int, pixels: int, around: int = 0) -> Iterator[Band]:
    """What `rows` of a picture are worked on in where a few `around` are enough; multiples of 4."""
    step = max(2 * around, (pixels // width - 2 * around) // 4 * 4, 4)
    yield from _cut(rows, step, around)


def _cut(rows: slice, step: int, around: int) -> Iterator[Band]:
    """`rows` in parts of `step`, each seen with those `around` it, as far as there are any."""
    for top in range(rows.start, rows.stop, step):
        bottom = min(rows.stop, top + step)
        seen = slice(max(rows.start, top - around), min(rows.stop, bottom + around))
        yield Band(slice(top, bottom), seen)
