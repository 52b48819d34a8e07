"""Hints as artists and trackers make them: coarse, eroded, grown, shifted, broken."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.resample import gaussian_blur, maximum_filter, minimum_filter
from training.dice import Dice
from training.noise import smooth


def rough_hint(dice: Dice, alpha: Tensor) -> Tensor:
    """A hint [N, 1, H, W] in 0..1 for a true matte of the same shape."""
    size = alpha.shape[-1]
    solid = (alpha > dice.uniform(0.08, 0.8)).float()
    drawn = _resized_shape(dice, solid)
    drawn = _shifted(dice, _coarse(dice, drawn))
    drawn = torch.maximum(drawn, _around(dice, alpha))
    drawn = gaussian_blur(drawn, dice.between(0.3, 0.02 * size))
    broken = (smooth(dice, size, 4) > dice.uniform(1.2, 2.5)).float() * dice.chance(0.15)
    missing = (smooth(dice, size, 2) > dice.uniform(1.0, 2.5)).float() * dice.chance(0.06)
    drawn = drawn * (1.0 - gaussian_blur(torch.maximum(broken, missing), 1.5))
    drawn = drawn * (1.0 - dice.chance(0.15) * _faint(dice, size))
    noise = dice.uniform(0.0, 0.15) * dice.chance(0.1) * dice.normal(1, size, size)
    return (drawn * dice.uniform(0.9, 1.0) + noise * (drawn > 0.0)).clamp(0.0, 1.0)


def _resized_shape(dice: Dice, solid: Tensor) -> Tensor:
    """Eroded mostly, by up to 6 % of the frame, and sometimes grown, by up to 3 %."""
    most = 0.03 * solid.shape[-1]
    little, much = (max(1, round(most * dice.between(*each))) for each in ((0.05, 0.3), (0.3, 2.0)))
    kind = dice.uniform(0.0, 1.0)
    drawn = torch.where(kind < 0.5, minimum_filter(solid, little), solid)
    drawn = torch.where((kind > 0.5) & (kind < 0.75), minimum_filter(solid, much), drawn)
    grown = maximum_filter(solid, max(1, round(most * dice.between(0.05, 0.9))))
    return torch.where(kind > 0.83, grown, drawn)


def _around(dice: Dice, alpha: Tensor) -> Tensor:
    """A wide stroke about all that is there, thin things too, at any strength; of a quarter."""
    size = alpha.shape[-1]
    seen = F.avg_pool2d((alpha > dice.uniform(0.15, 0.5)).float(), 4)
    wide = maximum_filter(seen, max(1, round(size * dice.between(0.002, 0.008))))
    stroke = F.interpolate((wide > 0.0).float(), size=(size, size), mode="bilinear")
    return stroke * dice.uniform(0.3, 1.0) * dice.chance(0.25)


def _faint(dice: Dice, size: int) -> Tensor:
    """Parts drawn with less than full strength: what they lack, 0..0.8."""
    where = torch.sigmoid(6.0 * (smooth(dice, size, 3) - dice.uniform(-0.5, 1.5)))
    return dice.uniform(0.1, 0.8) * where


def _coarse(dice: Dice, drawn: Tensor) -> Tensor:
    factor = dice.one_of((1, 2, 4, 8, 16))
    small = F.avg_pool2d(drawn, factor)
    return F.interpolate(small, size=drawn.shape[-2:], mode="bilinear", align_corners=False)


def _shifted(dice: Dice, drawn: Tensor) -> Tensor:
    """As if tracked a little off, or a frame late; a quarter of the hints."""
    reach = max(1, drawn.shape[-1] // 80)
    moved = torch.roll(drawn, (dice.whole(-reach, reach), dice.whole(-reach, reach)), (-2, -1))
    return torch.where(dice.chance(0.25) > 0, moved, drawn)
