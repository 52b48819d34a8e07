"""Plates as files of halved chroma hold them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.luminance import REC709

ACROSS, BOTH = (1, 2), (2, 2)  # pixels, down and across, that share their chroma: 4:2:2 and 4:2:0


def halved(plate: Tensor, shared: tuple[int, int]) -> Tensor:
    """The linear `plate` [3, H, W], 0..1, with one chroma for so many pixels, and its own luma."""
    code = linear_to_srgb(plate.clamp(0.0, 1.0))
    luma = sum(share * channel for share, channel in zip(map(float, REC709), code, strict=True))
    coarse = F.avg_pool2d(code - luma, shared, ceil_mode=True)
    wide = coarse.repeat_interleave(shared[0], -2).repeat_interleave(shared[1], -1)
    height, width = plate.shape[-2:]
    return srgb_to_linear((luma + wide[..., :height, :width]).clamp(0.0, 1.0))
