"""Pictures of numpy as the engine has them."""

from __future__ import annotations

import torch
from torch import Tensor

from benchmarks.layers import Array


def planes(picture: Array) -> Tensor:
    """[H, W, 3] or [H, W] as a tensor [C, H, W]."""
    tensor = torch.from_numpy(picture)
    return (tensor[None] if tensor.ndim == 2 else tensor.permute(2, 0, 1)).contiguous()
