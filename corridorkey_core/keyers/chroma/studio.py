"""What stands before the screen, and the studio that lies beyond its edges."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.resample import maximum_filter, minimum_filter

NOT_SCREEN = 0.55  # apparent alpha from which a pixel is no screen


def opened(mask: Tensor, radius: int) -> Tensor:
    """A mask, bool [..., H, W], without what is narrower than 2 × `radius` + 1 pixels."""
    return maximum_filter(minimum_filter(mask.float(), radius), radius) > 0.0


def surrounded(not_screen: Tensor) -> Tensor:
    """Whether there is screen both left and right of a pixel, or both above and below; bool."""
    screen = (~not_screen).to(torch.int32)
    return _between(screen, -1) | _between(screen, -2)


def beyond_screen(apparent: Tensor, radius: int) -> Tensor:
    """What is no screen, wide, and not between two parts of it, bool [..., H, W].

    `apparent` is an alpha; what is narrower than 2 × `radius` + 1 pixels is not wide.
    """
    not_screen = apparent > NOT_SCREEN
    return opened(not_screen, radius) & ~surrounded(not_screen)


def _between(screen: Tensor, axis: int) -> Tensor:
    before = screen.cumsum(axis)
    after = screen.sum(axis, keepdim=True) - before
    # A few stray pixels are no screen.
    least = max(2, screen.shape[axis] // 100)
    return (before >= least) & (after >= least)
