"""The refiner's first convolution, of eight channels, a row of taps at a time.

Four neighbouring pixels of eight channels lie side by side in memory: a row of three taps is one
product over 32 channels, the last eight of which have weights of zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.fused.moments import Affine, Measured, keep_measured
from corridorkey_core.keyers.corridorkey.refiner import WIDTH

SEEN = 8  # channels: picture, coarse alpha and foreground, and one that is 0
_ACROSS = 4  # pixels of a row that are multiplied at once
_PIXELS = 128  # of a tile


@dataclass(frozen=True)
class Stem:
    """A 3 × 3 convolution of eight channels to 64: `taps` [3, 32, 64] and `bias` [64]."""

    taps: Tensor
    bias: Tensor

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Stem:
        """The same as a module's, whose input channels are filled up to eight with zeros."""
        missing = (0, 0, 0, SEEN - layer.in_channels, 0, _ACROSS - 3)
        taps = F.pad(layer.weight.permute(2, 3, 1, 0), missing)
        return cls(taps.flatten(1, 2).contiguous(), bias_of(layer).float())

    def __call__(self, picture: Tensor, norm: nn.GroupNorm, width: int) -> tuple[Tensor, Affine]:
        """The convolution [pixels, 64] of a picture [pixels, 8] of some width, and its norm.

        The norm adds the bias, which the convolution lacks.
        """
        made = Measured.room(picture, _PIXELS)
        _convolve_rows[(made.moments.shape[1],)](
            picture,
            self.taps,
            made.result,
            made.moments[0],
            made.moments[1],
            len(picture) // width,
            width,
            SEEN,
            _ACROSS * SEEN,
            WIDTH,
            _PIXELS,
            num_warps=4,
        )
        return made.result, made.norm(self.bias, norm)


@triton.jit
def _convolve_rows(
    picture,
    taps,
    result,
    means,
    squares,
    height,
    width,
    SEEN: tl.constexpr,
    DEPTH: tl.constexpr,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    tile = tl.program_id(0)
    place = tile * PIXELS + tl.arange(0, PIXELS)
    row, column = place // width, place % width
    channel, out = tl.arange(0, DEPTH), tl.arange(0, OUT)
    beside = column[:, None] - 1 + (channel // SEEN)[None, :]
    total = tl.zeros((PIXELS, OUT), tl.float32)
    for tap in tl.static_range(3):
        below = row + (tap - 1)
        inside = ((below >= 0) & (below < height))[:, None] & (beside >= 0) & (beside < width)
        start = (place + (tap - 1) * width - 1) * SEEN
        seen = tl.load(picture + start[:, None] + channel[None, :], mask=inside, other=0.0)
        weight = tl.load(taps + tap * DEPTH * OUT + channel[:, None] * OUT + out[None, :])
        total = tl.dot(seen, weight, total)
    keep_measured(total, tile, result, means, squares, height * width, OUT, PIXELS)
