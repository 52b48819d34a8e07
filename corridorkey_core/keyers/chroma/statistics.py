"""Statistics of the pixels a mask chooses, without asking the device how many there are."""

from __future__ import annotations

import torch
from torch import Tensor

_SAMPLES = 200_000


def masked_mean(image: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean [C, 1, 1] of `image` [C, H, W]; zero where nothing has weight."""
    total = weights.sum(dim=(1, 2), keepdim=True).clamp_min(1e-6)
    return (image * weights).sum(dim=(1, 2), keepdim=True) / total


def masked_median(image: Tensor, chosen: Tensor) -> Tensor:
    """Median [1, 1, 1] of `image` [1, H, W] where the bool mask `chosen` is true, else infinity."""
    return masked_quantile(image, chosen, 0.5)


def masked_quantile(image: Tensor, chosen: Tensor, share: float) -> Tensor:
    """The value [1, 1, 1] that `share` of the chosen pixels lie below; infinity where none is.

    Large pictures are sampled on a grid.
    """
    stride = max(1, round((image.numel() / _SAMPLES) ** 0.5))
    sampled = image[:, ::stride, ::stride].flatten()
    kept = chosen[:, ::stride, ::stride].flatten()
    ordered = torch.where(kept, sampled, torch.full_like(sampled, torch.inf)).sort().values
    place = ((kept.sum() - 1).clamp_min(0).to(torch.float32) * share).long()
    return ordered[place].view(1, 1, 1)
