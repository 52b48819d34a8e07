"""Alpha from the colour difference, corrected by what the foreground nearby looks like."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.difference import difference, limited
from corridorkey_core.resample import maximum_filter, minimum_filter, push_pull

_LEAST = 1e-3
_FLOOR = 0.015
_LINE = 0.15
_NEAR = 0.01  # of the long edge


def plain_alpha(plate: Tensor, screen: Tensor) -> Tensor:
    """One minus the screen's share by the colour difference alone, [1, H, W] (Vlahos, 1964)."""
    share = difference(plate).clamp_min(0.0) / difference(screen).clamp_min(_LEAST)
    return (1.0 - share).clamp(0.0, 1.0)


def corrected_alpha(
    plate: Tensor, screen: Tensor, solid: Tensor, allowed: Tensor
) -> tuple[Tensor, Tensor]:
    """Alpha [1, H, W] and the foreground prior [3, H, W]."""
    plain = plain_alpha(plate, screen)
    alpha = torch.maximum(plain, solid) * allowed
    own = limited(plate)
    for _ in range(2):
        opaque = (minimum_filter(alpha, 1) > 0.97).float()
        prior = push_pull(own, opaque + 1e-4 * (alpha - 0.5).clamp(0, 1))
        near = nearness(opaque)
        alpha = _mixed(plate, screen, prior, plain, near, opaque)
        alpha = torch.maximum(((alpha - _FLOOR) / (1 - 2 * _FLOOR)).clamp(0, 1), solid) * allowed
    return alpha, prior


def nearness(opaque: Tensor) -> Tensor:
    """1 beside opaque pixels, falling to 0 in steps with the distance."""
    reach = max(1, round(_NEAR * max(opaque.shape)))
    return sum(maximum_filter(opaque, reach * k) for k in (1, 2, 4)) / 3


def _mixed(plate, screen, prior, plain, near, opaque):
    key_screen = difference(screen).clamp_min(_LEAST)
    key_prior = torch.minimum(difference(prior), 0.5 * key_screen)
    key = difference(plate)
    by_key = ((key_screen - key) / (key_screen - key_prior)).clamp(0, 1)
    line, offset = prior - screen, plate - screen
    kd, ko = difference(prior) - difference(screen), key - difference(screen)
    length = (line * line).sum(0, keepdim=True)
    by_line = (
        ((offset * line).sum(0, keepdim=True) + ko * kd) / (length + kd * kd).clamp_min(1e-5)
    ).clamp(0, 1)
    off = (offset - by_line * line).norm(dim=0, keepdim=True) / length.sqrt().clamp_min(0.05)
    trust = torch.exp(-((off / _LINE) ** 2)) * near * (length.sqrt() / 0.1).clamp(0, 1)
    alpha = torch.lerp(plain, 0.5 * (by_key + by_line), trust)
    return torch.where((opaque > 0) & (plain > 0.999), torch.ones_like(alpha), alpha)
