"""Tracking markers on a screen: what a matchmover needs and a key must not show."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from training.dice import Dice
from training.noise import turned
from training.surfaces import colour

_MOST = 6
_SCREENS = 0.6  # the share of screens that have some


def marked(dice: Dice, lit: Tensor, paint: Tensor) -> Tensor:
    """The screen `lit` [N, 3, H, W], linear, with markers on some.

    They are brighter or darker than the `paint` [N, 3, 1, 1], or tape of any colour; on one screen
    all alike.
    """
    tape = srgb_to_linear(colour(dice, 0.0))
    alike = paint * 4.0 ** dice.uniform(-1.0, 0.7)
    tone = torch.where(dice.chance(0.5) > 0, alike, tape)
    kind, arm = dice.uniform(0.0, 1.0), 0.006 * 5.0 ** dice.uniform(0.0, 1.0)
    thick = dice.uniform(0.0015, 0.006)
    often = dice.uniform(0.2, 1.0) * dice.chance(_SCREENS)
    cover = torch.zeros_like(lit[:, :1])
    for _ in range(_MOST):
        there = (dice.uniform(0.0, 1.0) < often).float()
        shape = _shape(dice, lit.shape[-1], kind, arm, thick)
        cover = torch.maximum(cover, (0.5 - shape * lit.shape[-1]).clamp(0.0, 1.0) * there)
    return torch.lerp(lit, tone, cover)


def _shape(dice: Dice, size: int, kind: Tensor, arm: Tensor, thick: Tensor) -> Tensor:
    """Distance to a marker anywhere, below 0 inside: a cross, a dot, a square, a ring, a corner."""
    along, across = turned(dice, size)
    along, across = along - dice.uniform(-0.6, 0.6), across - dice.uniform(-0.6, 0.6)
    far, near = along.abs(), across.abs()
    cross = torch.minimum(
        torch.maximum(far - arm, near - thick), torch.maximum(near - arm, far - thick)
    )
    corner = torch.where((along > -thick) & (across > -thick), cross, torch.ones_like(cross))
    dot = (along * along + across * across).sqrt() - arm
    square = torch.maximum(far, near) - arm
    ring = (dot + thick).abs() - thick
    shape = torch.where(kind < 0.5, cross, dot)
    for share, other in ((0.65, square), (0.8, ring), (0.9, corner)):
        shape = torch.where(kind > share, other, shape)
    return shape
