"""Chains of arithmetic on whole pictures in one step each, where triton runs.

By torch alone each operation reads and writes the picture anew, and that is all that takes time.
Every function gives None where it has to be done otherwise; the plain way stands where it is asked.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from corridorkey_core.triton_kernels import Trial, tried_on


def restored(
    foreground: Tensor,
    alpha: Tensor,
    plate: Tensor,
    solidity: Tensor,
    behind: tuple[float, float, float] | None,
    channel: int,
) -> Tensor | None:
    """What `restore.restore` makes of these, once it is known how solid the matte is.

    `behind` is the screen's colour, None where it looks like the plate, `channel` its own channel.
    """
    if not _is_for(foreground):
        return None
    from corridorkey_core.pixelwise_kernels import restore

    return restore(foreground, alpha, plate, solidity, behind, channel)


def previewed(foreground: Tensor, alpha: Tensor, tile: int) -> Tensor | None:
    """`composite.preview` over a board of such tiles, stored as bytes [3, H, W]."""
    if not _is_for(foreground):
        return None
    from corridorkey_core.pixelwise_kernels import preview

    return preview(foreground, alpha, tile)


def halves(colour: Tensor, matte: Tensor) -> tuple[Tensor, Tensor, Tensor] | None:
    """`colour` and `matte` as halves, and both multiplied [4, H, W]; see `stored.stored`."""
    if not _is_for(colour):
        return None
    from corridorkey_core.pixelwise_kernels import store_halves

    return store_halves(colour, matte)


@functools.cache
def trial(device: torch.device) -> Trial:
    """Whether the kernels can be used on a device, and why not: tried once."""
    return tried_on(device, _try_all)


def _is_for(image: Tensor) -> bool:
    return image.is_cuda and image.dtype == torch.float32 and trial(image.device).passed


def _try_all() -> None:
    from corridorkey_core.pixelwise_kernels import preview, restore, store_halves

    colour, matte = torch.zeros(3, 8, 16), torch.zeros(1, 8, 16)
    for behind in (None, (0.0, 0.0, 0.0)):
        restore(colour, matte, colour, matte, behind, 1)
    preview(colour, matte, 4)
    store_halves(colour, matte)
