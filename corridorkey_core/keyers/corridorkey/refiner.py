"""The refiner, as it was trained: a small convolutional network that corrects the logits.

Group norm measures the whole picture, so what a pixel becomes depends on every other one:
`tiled_refiner.py` tiles it and keeps to that. Parameter names are those of the published
checkpoint.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.group_norm import GroupNorm

WIDTH, GROUPS = 64, 8
DILATIONS = (1, 2, 4, 8)
GAIN = 10.0  # of the correction, as trained


class ResidualBlock(nn.Module):
    """Two dilated convolutions, each with a group norm, added to what came in."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.conv1 = _convolution(WIDTH, dilation)
        self.gn1 = GroupNorm(GROUPS, WIDTH)
        self.conv2 = _convolution(WIDTH, dilation)
        self.gn2 = GroupNorm(GROUPS, WIDTH)

    def forward(self, picture: Tensor) -> Tensor:
        """[B, 64, H, W] to the same shape."""
        inner = F.relu(self.gn1(self.conv1(picture)), inplace=True)
        return F.relu(self.gn2(self.conv2(inner)).add_(picture), inplace=True)


class Refiner(nn.Module):
    """Corrections to the logits of alpha and foreground, at full size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            _convolution(7, 1), GroupNorm(GROUPS, WIDTH), nn.ReLU(inplace=True)
        )
        self.res1, self.res2, self.res3, self.res4 = map(ResidualBlock, DILATIONS)
        self.final = nn.Conv2d(WIDTH, 4, 1)

    @property
    def blocks(self) -> tuple[ResidualBlock, ...]:
        """The residual blocks in their order."""
        return (self.res1, self.res2, self.res3, self.res4)

    def forward(self, seen: Tensor) -> Tensor:
        """The correction [B, 4, H, W] to the logits, in float32.

        `seen` [B, 7, H, W]: the normalised picture, then coarse alpha and foreground in 0..1.
        """
        picture = self.stem(seen)
        for block in self.blocks:
            picture = block(picture)
        correction: Tensor = self.final(picture)
        return correction.float() * GAIN


def _convolution(channels: int, dilation: int) -> nn.Conv2d:
    return nn.Conv2d(channels, WIDTH, 3, padding=dilation, dilation=dilation)
