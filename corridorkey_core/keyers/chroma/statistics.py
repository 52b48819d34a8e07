"""Statistics of the pixels a mask chooses, without asking the device how many there are.

Of [C, N, H, W] every one of the N pictures has its own.
"""

from __future__ import annotations

import torch
from torch import Tensor

_SAMPLES = 200_000


def masked_mean(image: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean [C, 1, 1] of `image` [C, H, W]; zero where nothing has weight."""
    total = weights.sum(dim=(-2, -1), keepdim=True).clamp_min(1e-6)
    return (image * weights).sum(dim=(-2, -1), keepdim=True) / total


def masked_median(image: Tensor, chosen: Tensor) -> Tensor:
    """Median [1, 1, 1] of `image` [1, H, W] where the bool mask `chosen` is true, else infinity."""
    return masked_quantile(image, chosen, 0.5)


def masked_quantile(image: Tensor, chosen: Tensor, share: float) -> Tensor:
    """The value [1, 1, 1] that `share` of the chosen pixels lie below; infinity where none is.

    Large pictures are sampled on a grid.
    """
    stride = max(1, round((image.shape[-2] * image.shape[-1] / _SAMPLES) ** 0.5))
    sampled = image[..., ::stride, ::stride].flatten(-2)
    kept = chosen[..., ::stride, ::stride].flatten(-2)
    ordered = torch.where(kept, sampled, torch.full_like(sampled, torch.inf)).sort(-1).values
    last = (kept.sum(dim=-1, keepdim=True) - 1).clamp_min(0)
    place = (last.to(torch.float32) * share).long()
    return ordered.gather(-1, place)[..., None]
