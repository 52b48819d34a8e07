"""The refiner's 3 × 3 convolutions of 64 channels, which measure for the group norm what they make.

Pictures are [pixels, 64] in half precision, row by row.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor, nn
from triton.tools.tensor_descriptor import TensorDescriptor

from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.fused.moments import Affine, Measured, keep_measured
from corridorkey_core.keyers.corridorkey.fused.refine import normed_
from corridorkey_core.keyers.corridorkey.fused.strips import convolved_in_strips, runs_in_strips
from corridorkey_core.keyers.corridorkey.refiner import WIDTH

PIXELS = 128  # of a tile


@dataclass(frozen=True)
class Convolution:
    """A convolution of 64 channels to as many: `taps` [9, 64, 64], in and out, and `bias` [64]."""

    taps: Tensor
    bias: Tensor
    dilation: int

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Convolution:
        """The same as a module's."""
        taps = layer.weight.permute(2, 3, 1, 0).flatten(0, 1).contiguous()
        return cls(taps, bias_of(layer).float(), int(layer.dilation[0]))


def convolved(
    picture: Tensor,
    layer: Convolution,
    norm: nn.GroupNorm,
    width: int,
    before: Affine | None = None,
) -> tuple[Tensor, Affine]:
    """The convolution [pixels, 64] of a picture [pixels, 64] of some width, and its norm.

    The norm adds the bias, which the convolution lacks. `before` is a norm, and a ReLU after it,
    that the picture lacks; its own numbers may be replaced by theirs.
    """
    if runs_in_strips(picture, width):
        made = convolved_in_strips(picture, layer.taps, layer.dilation, width, before)
    else:
        seen = picture if before is None else normed_(picture, before)
        made = _convolved_by_tiles(seen, layer, width)
    return made.result, made.norm(layer.bias, norm)


def _convolved_by_tiles(picture: Tensor, layer: Convolution, width: int) -> Measured:
    made = Measured.room(picture, PIXELS)
    answers = (made.result, made.moments[0], made.moments[1])
    tiles = made.moments.shape[1]
    if width % PIXELS == 0 and _copies_tiles(picture.device):
        size = (len(picture) // width, width, WIDTH)
        tile = TensorDescriptor(picture, size, (width * WIDTH, WIDTH, 1), (1, PIXELS, WIDTH))
        taps = TensorDescriptor(
            layer.taps.flatten(0, 1), (9 * WIDTH, WIDTH), (WIDTH, 1), (WIDTH,) * 2
        )
        _convolve_tiles[(tiles,)](
            tile, taps, *answers, width, layer.dilation, WIDTH, PIXELS, num_warps=4, num_stages=3
        )
    else:
        _convolve[(tiles,)](
            picture,
            layer.taps,
            *answers,
            len(picture) // width,
            width,
            layer.dilation,
            WIDTH,
            PIXELS,
            num_warps=4,
            num_stages=3,
        )
    return made


def _copies_tiles(device: torch.device) -> bool:
    """Whether a device fetches tiles by itself, zeros where they lie outside: Hopper and later."""
    return device.type == "cpu" or torch.cuda.get_device_capability(device) >= (9, 0)


@triton.jit(do_not_specialize=["dilation"])
def _convolve(
    picture,
    taps,
    result,
    means,
    squares,
    height,
    width,
    dilation,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    tile = tl.program_id(0)
    place = tile * PIXELS + tl.arange(0, PIXELS)
    row, column = place // width, place % width
    channel, out = tl.arange(0, OUT), tl.arange(0, OUT)
    total = tl.zeros((PIXELS, OUT), tl.float32)
    for tap in range(9):
        down, right = (tap // 3 - 1) * dilation, (tap % 3 - 1) * dilation
        inside = (row + down >= 0) & (row + down < height)
        inside = inside & (column + right >= 0) & (column + right < width)
        near = place + down * width + right
        seen = tl.load(
            picture + near[:, None] * OUT + channel[None, :], mask=inside[:, None], other=0.0
        )
        weight = tl.load(taps + tap * OUT * OUT + channel[:, None] * OUT + out[None, :])
        total = tl.dot(seen, weight, total)
    keep_measured(total, tile, result, means, squares, height * width, OUT, PIXELS)


@triton.jit(do_not_specialize=["dilation"])
def _convolve_tiles(
    picture,
    taps,
    result,
    means,
    squares,
    width,
    dilation,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    """As `_convolve`, where tiles are parts of a row; `picture` and `taps` are descriptors."""
    tile = tl.program_id(0)
    row, column = tile * PIXELS // width, tile * PIXELS % width
    total = tl.zeros((PIXELS, OUT), tl.float32)
    for tap in range(9):
        down, right = (tap // 3 - 1) * dilation, (tap % 3 - 1) * dilation
        seen = picture.load([row + down, column + right, 0]).reshape(PIXELS, OUT)
        total = tl.dot(seen, taps.load([tap * OUT, 0]), total)
    out = tl.arange(0, OUT)
    place = tile * PIXELS + tl.arange(0, PIXELS)
    tl.store(result + place[:, None] * OUT + out[None, :], total)
    mean = tl.sum(total, axis=0) / PIXELS
    off = total - mean[None, :]
    tl.store(means + tile * OUT + out, mean)
    tl.store(squares + tile * OUT + out, tl.sum(off * off, axis=0))
