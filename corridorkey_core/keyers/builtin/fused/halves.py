"""Weights that are half floats, whatever type they are kept in."""

from __future__ import annotations

import torch
from torch import Tensor


def are_halves(weight: Tensor) -> bool:
    """Whether rounding to half floats changes none of them."""
    return torch.equal(weight.half().to(weight.dtype), weight)
