"""Pictures too large for the memory: worked on in bands of rows, seamlessly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.builtin.network import BLOCK, REACH


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
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        yield Band(slice(top, bottom), slice(max(0, top - REACH), min(height, bottom + REACH)))


def whole_blocks(planes: Tensor, network: Callable[[Tensor], Tensor]) -> Tensor:
    """What `network` says of `planes` [N, C, H, W] of any size, whose edges repeat."""
    height, width = planes.shape[-2:]
    below, right = -height % BLOCK, -width % BLOCK
    if below or right:
        planes = F.pad(planes, (0, right, 0, below), mode="replicate")
    return network(planes)[..., :height, :width]
