"""Smooth random fields, and fields made smooth."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.dice import Dice


def smooth(dice: Dice, size: int, cells: int, channels: int = 1) -> Tensor:
    """A field [N, channels, size, size] of about unit deviation with `cells` cells across."""
    grid = dice.normal(channels, cells + 3, cells + 3)
    step = size // (cells + 1) + 1
    full = F.interpolate(grid, scale_factor=float(step), mode="bicubic", align_corners=False)
    return 1.3 * full[..., step : step + size, step : step + size]


def fractal(
    dice: Dice, size: int, cells: int, octaves: int = 4, gain: float = 0.5, channels: int = 1
) -> Tensor:
    """Octaves of `smooth` on top of each other, of about unit deviation."""
    total = torch.zeros(dice.count, channels, size, size, device=dice.device)
    weight, power = 1.0, 0.0
    for octave in range(octaves):
        if cells << octave >= size // 2:
            break
        total = total + weight * smooth(dice, size, cells << octave, channels)
        power += weight * weight
        weight *= gain
    deviation = float(max(power, 1e-6) ** 0.5)
    return total / deviation


def averaged(field: Tensor, reach: int) -> Tensor:
    """Means over squares of 2 `reach` + 1 pixels, edges repeated; [N, C, H, W]."""
    wide = F.pad(field, (reach,) * 4, mode="replicate")
    return F.avg_pool2d(F.avg_pool2d(wide, (1, 2 * reach + 1), 1), (2 * reach + 1, 1), 1)


def grid(size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows and columns [size, size], 0..1 from edge to edge."""
    along = (torch.arange(size, device=device) + 0.5) / size
    rows, columns = torch.meshgrid(along, along, indexing="ij")
    return rows, columns


def turned(dice: Dice, size: int) -> tuple[Tensor, Tensor]:
    """The grid about its middle, turned by a random angle: along and across, [N, 1, size, size]."""
    rows, columns = grid(size, dice.device)
    angle = dice.uniform(0.0, 6.2832)
    along = (columns - 0.5) * angle.cos() + (rows - 0.5) * angle.sin()
    across = (rows - 0.5) * angle.cos() - (columns - 0.5) * angle.sin()
    return along, across
