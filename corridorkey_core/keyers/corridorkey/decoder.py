"""One decoder head, as it was trained: four scales to one map of logits at a quarter size.

Xie et al., SegFormer, 2021, section 3.2. Parameter names are those of the published checkpoint.
`fold.py` computes the same with less work.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.hiera import CHANNELS

WIDTH = 256


class Projection(nn.Module):
    """A linear layer on the channels of a picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.proj = nn.Linear(channels, WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        """[B, channels, H, W] to [B, 256, H, W]."""
        projected: Tensor = self.proj(features.permute(0, 2, 3, 1))
        return projected.permute(0, 3, 1, 2)


class Decoder(nn.Module):
    """One head: `outputs` channels of logits from the encoder's four scales."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.linear_c4 = Projection(CHANNELS[3])
        self.linear_c3 = Projection(CHANNELS[2])
        self.linear_c2 = Projection(CHANNELS[1])
        self.linear_c1 = Projection(CHANNELS[0])
        self.linear_fuse = nn.Conv2d(4 * WIDTH, WIDTH, 1, bias=False)
        self.bn = nn.BatchNorm2d(WIDTH)
        self.classifier = nn.Conv2d(WIDTH, outputs, 1)

    @property
    def projections(self) -> tuple[Projection, ...]:
        """The layers of each scale, coarse to fine: the order the fusing layer takes them in."""
        return (self.linear_c4, self.linear_c3, self.linear_c2, self.linear_c1)

    def forward(self, features: list[Tensor]) -> Tensor:
        """Features fine to coarse to logits [B, outputs, H, W] at the size of the finest."""
        size = features[0].shape[-2:]
        scales = [
            enlarged(project(feature), size)
            for project, feature in zip(self.projections, reversed(features), strict=True)
        ]
        logits: Tensor = self.classifier(F.relu(self.bn(self.linear_fuse(torch.cat(scales, 1)))))
        return logits


def enlarged(picture: Tensor, size: torch.Size) -> Tensor:
    """Bilinear, the outer edges of both sizes aligned."""
    return F.interpolate(picture, size, mode="bilinear", align_corners=False)
