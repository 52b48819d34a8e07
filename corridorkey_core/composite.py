"""Putting a keyed foreground over something else, in linear light."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.by_rows import by_rows
from corridorkey_core.colour import linear_to_srgb

DARK, LIGHT = 0.05, 0.13  # the board's greys, linear: mid-greys on a display
TILES = 60  # along the longer edge of the picture


def premultiply(foreground: Tensor, alpha: Tensor) -> Tensor:
    """Straight `foreground` [3, H, W] times `alpha` [1, H, W]."""
    return foreground * alpha


def over(foreground: Tensor, alpha: Tensor, background: Tensor) -> Tensor:
    """Straight `foreground` over an opaque `background`, both linear [3, H, W] in one space."""
    return premultiply(foreground, alpha) + (1.0 - alpha) * background


def checkerboard(size: tuple[int, int], tile: int, device: torch.device) -> Tensor:
    """A board of two greys, linear, [1, H, W]; `size` is height and width, `tile` in pixels."""
    height, width = size
    down = torch.arange(height, device=device) // tile
    across = torch.arange(width, device=device) // tile
    is_light = (down[:, None] + across[None]) % 2 == 1
    return (is_light.to(torch.float32) * (LIGHT - DARK) + DARK)[None]


def preview(foreground: Tensor, alpha: Tensor) -> Tensor:
    """What a keyed frame looks like over a board: sRGB-encoded [3, H, W] in 0..1.

    `foreground` is straight, linear Rec.709.
    """
    height, width = alpha.shape[-2:]
    board = checkerboard((height, width), tile_of(height, width), alpha.device)
    return by_rows(_shown, foreground, alpha, board)


def _shown(foreground: Tensor, alpha: Tensor, board: Tensor) -> Tensor:
    return linear_to_srgb(over(foreground, alpha, board).clamp_(0.0, 1.0))


def tile_of(height: int, width: int) -> int:
    """The edge, in pixels, of the board's tiles in a picture of a size."""
    return max(4, max(height, width) // TILES)
