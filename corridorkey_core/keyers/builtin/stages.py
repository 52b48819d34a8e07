"""A network in three stages: what is fine in tiles, what is coarse at once.

The same function in less memory, and in less time where there is doubt in parts of a picture only.
Tiles overlap by no more than what the fine levels see.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.keyers.builtin.network import OUTPUTS, WIDTHS
from corridorkey_core.keyers.builtin.shown import Shown
from corridorkey_core.keyers.builtin.tiles import Tile, tiles

_NEAR, _FINISHED = 12, 24  # pixels that a stage sees around its own: multiples of 4


class Staged(Protocol):
    """A network that can be asked in stages; see `KeyNetwork`. Tensors are [1, C, H, W] float32."""

    @property
    def device(self) -> torch.device:
        """Where it is asked."""

    def near(self, planes: Tensor, afar: Tensor | None) -> tuple[Tensor, Tensor]:
        """What is seen at half the size, 32 channels, and at a quarter, 48."""

    def far(self, values: Tensor) -> Tensor:
        """What is seen around at a quarter of the size; it may change what it is given."""

    def finished(self, planes: Tensor, kept: Tensor, values: Tensor) -> Tensor:
        """The corrections; it leaves what it is given as it is, for tiles overlap."""


def in_stages(network: Staged, shown: Shown, pixels: int, afar: Tensor | None = None) -> Tensor:
    """What `network` says of planes [1, 16, H, W], in tiles of so many `pixels`: [1, 4, H, W].

    0 where nothing is in doubt. `afar` [1, 4, H / 2, W / 2] is what was said at half the size.
    """
    kept, values = _near(network, shown, pixels, afar)
    values = network.far(values)
    whole = Area.whole(*shown.size)
    said = torch.zeros(1, OUTPUTS, *shown.size, device=network.device)
    for tile in tiles(*shown.size, pixels, _FINISHED):
        doubted = shown.doubted(tile.wanted)
        if doubted is not None:
            asked = Tile.of(doubted, _FINISHED, whole)
            doubted.of(said).copy_(_finished(network, shown, kept, values, asked))
    return said


def _near(network: Staged, shown: Shown, pixels: int, afar: Tensor | None) -> tuple[Tensor, Tensor]:
    height, width = shown.size
    halved, quartered = (
        torch.empty(
            (1, channels, height // by, width // by),
            device=network.device,
            memory_format=torch.channels_last,
        )
        for channels, by in zip(WIDTHS, (2, 4), strict=False)
    )
    for tile in tiles(*shown.size, pixels, _NEAR):
        told = None if afar is None else tile.seen.shrunk(2).of(afar)
        half, quarter = network.near(shown.planes(tile.seen), told)
        for whole, part, by in ((halved, half, 2), (quartered, quarter, 4)):
            tile.wanted.shrunk(by).of(whole).copy_(tile.within.shrunk(by).of(part))
    return halved, quartered


def _finished(network: Staged, shown: Shown, kept: Tensor, values: Tensor, tile: Tile) -> Tensor:
    """The corrections of what is wanted of a tile."""
    around = tile.seen.shrunk(2).of(kept), tile.seen.shrunk(4).of(values)
    return tile.within.of(network.finished(shown.planes(tile.seen), *around))
