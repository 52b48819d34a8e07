"""A network in three stages: what is fine in stripes of rows, what is coarse at once.

The same function in less memory: stripes overlap by no more than what the fine levels see.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.network import OUTPUTS, WIDTHS
from corridorkey_core.keyers.builtin.shown import Shown
from corridorkey_core.keyers.builtin.stripes import Stripe, stripes

_NEAR, _FINISHED = 12, 24  # rows that a stage sees around its own: multiples of 4


class Staged(Protocol):
    """A network that can be asked in stages; see `KeyNetwork`. Tensors are [1, C, H, W] float32."""

    @property
    def device(self) -> torch.device:
        """Where it is asked."""

    def near(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        """What is seen at half the size, 32 channels, and at a quarter, 48."""

    def far(self, values: Tensor) -> Tensor:
        """What is seen around at a quarter of the size; it may change what it is given."""

    def finished(self, planes: Tensor, kept: Tensor, values: Tensor) -> Tensor:
        """The corrections; it leaves what it is given as it is, for stripes overlap."""


def in_stages(network: Staged, shown: Shown, pixels: int) -> Tensor:
    """What `network` says of planes [1, 16, H, W]: [1, 4, H, W], in stripes of so many `pixels`."""
    kept, values = _near(network, shown, pixels)
    values = network.far(values)
    said = torch.empty(1, OUTPUTS, *shown.size, device=network.device)
    for stripe in stripes(*shown.size, pixels, _FINISHED):
        said[:, :, stripe.wanted] = _finished(network, shown, kept, values, stripe)
    return said


def _near(network: Staged, shown: Shown, pixels: int) -> tuple[Tensor, Tensor]:
    height, width = shown.size
    halved, quartered = (
        torch.empty(
            (1, channels, height // by, width // by),
            device=network.device,
            memory_format=torch.channels_last,
        )
        for channels, by in zip(WIDTHS, (2, 4), strict=False)
    )
    for stripe in stripes(*shown.size, pixels, _NEAR):
        half, quarter = network.near(shown.rows(stripe.seen))
        for whole, part, by in ((halved, half, 2), (quartered, quarter, 4)):
            whole[:, :, _shrunk(stripe.wanted, by)] = part[:, :, _shrunk(stripe.within, by)]
    return halved, quartered


def _finished(
    network: Staged, shown: Shown, kept: Tensor, values: Tensor, stripe: Stripe
) -> Tensor:
    """The corrections of the rows that are wanted of a stripe."""
    seen = stripe.seen
    around = kept[:, :, _shrunk(seen, 2)], values[:, :, _shrunk(seen, 4)]
    return network.finished(shown.rows(seen), *around)[:, :, stripe.within]


def _shrunk(rows: slice, by: int) -> slice:
    return slice(rows.start // by, rows.stop // by)
