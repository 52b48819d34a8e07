"""The foreground's own colour, taken out of the mixture with the screen."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.difference import difference

_TRUST = 0.03  # how little alpha still lets a pixel speak for its own colour
_SOLID = 0.98


def unmix(plate: Tensor, screen: Tensor, prior: Tensor, alpha: Tensor) -> Tensor:
    """Straight foreground [3, H, W] linear, from `plate` = alpha F + (1 - alpha) `screen`.

    `prior` [3, H, W] is what the foreground nearby looks like: it takes over where alpha is so low
    that the plate says little. Where alpha is solid the plate is the foreground.
    """
    missing = plate - alpha * prior - (1.0 - alpha) * screen
    mixed = prior + missing * (alpha / (alpha * alpha + _TRUST))
    mixed = _no_greener(mixed.clamp_min(0.0), prior)
    return torch.where(alpha > _SOLID, plate, mixed)


def _no_greener(colour: Tensor, prior: Tensor) -> Tensor:
    """Take away what green a mixed pixel has beyond the solid foreground nearby: that is screen."""
    excess = (difference(colour) - difference(prior).clamp_min(0.0)).clamp_min(0.0)
    return torch.cat([colour[0:1], colour[1:2] - excess, colour[2:3]])
