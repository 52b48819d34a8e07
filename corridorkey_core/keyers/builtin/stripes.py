"""Rows of a picture, a few at a time, with those around them that are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from corridorkey_core.by_rows import PIXELS

_ELSEWHERE = 2_400_000  # than on a CPU: so many that 1920 × 1080 is a single stripe


@dataclass(frozen=True)
class Stripe:
    """Rows that are `wanted`, within those that have to be `seen` for them."""

    wanted: slice
    seen: slice

    @property
    def within(self) -> slice:
        """The wanted rows, counted from the first that is seen."""
        return slice(self.wanted.start - self.seen.start, self.wanted.stop - self.seen.start)


def stripe_pixels(device: torch.device) -> int:
    """How many pixels a stripe has at most where memory is not short, with those around it."""
    return PIXELS if device.type == "cpu" else _ELSEWHERE


def stripes(height: int, width: int, pixels: int, around: int = 0) -> Iterator[Stripe]:
    """A picture in stripes of about so many `pixels`, each seen with the rows `around` it.

    They begin at multiples of 4, and most of what is seen is wanted.
    """
    step = max(2 * around, (pixels // width - 2 * around) // 4 * 4, 4)
    for top in range(0, height, step):
        bottom = min(height, top + step)
        yield Stripe(slice(top, bottom), slice(max(0, top - around), min(height, bottom + around)))
