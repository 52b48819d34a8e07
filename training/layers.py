"""Premultiplied layers [N, 4, H, W], linear."""

from __future__ import annotations

import torch
from torch import Tensor


def over(front: Tensor, behind: Tensor) -> Tensor:
    """Premultiplied layers, one before the other."""
    return front + behind * (1.0 - front[:, 3:])


def covered(colours: Tensor, alpha: Tensor) -> Tensor:
    """A layer of `colours` [N, 3, H, W] that cover `alpha` [N, 1, H, W] of each pixel."""
    return torch.cat([colours * alpha, alpha], dim=1)
