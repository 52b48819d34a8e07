"""The refiner's 3 × 3 convolutions, which measure for the group norm what they compute.

Pictures are [pixels, C] in half precision, row by row. Each tile of pixels leaves, for each
channel, its mean and its squared deviations from that, which are joined by Chan, Golub and
LeVeque, 1979: no large sums of squares, and always in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.refiner import GROUPS, WIDTH

PIXELS = 128  # of a tile
_PARTS = 128  # that tiles are joined to before the last join
_SMALLEST_DOT = 16


@dataclass(frozen=True)
class Convolution:
    """A convolution to 64 channels: `taps` [9, C or 16, 64] and `bias` [64]."""

    taps: Tensor
    bias: Tensor
    dilation: int

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Convolution:
        """The same as a module's; input channels are filled up to 16 with zeros."""
        if layer.bias is None:
            raise TypeError("The refiner's convolutions have a bias.")
        taps = layer.weight.permute(2, 3, 1, 0).flatten(0, 1)
        missing = max(0, _SMALLEST_DOT - taps.shape[1])
        taps = torch.nn.functional.pad(taps, (0, 0, 0, missing))
        return cls(taps.contiguous(), layer.bias.float(), int(layer.dilation[0]))


@dataclass(frozen=True)
class Affine:
    """What a group norm with known statistics is: `scale` and `shift` [64] in float32."""

    scale: Tensor
    shift: Tensor


def convolved(
    picture: Tensor, layer: Convolution, norm: nn.GroupNorm, width: int
) -> tuple[Tensor, Affine]:
    """The convolution [pixels, 64] of a picture [pixels, C] of some width, and its norm."""
    pixels, channels = picture.shape
    tiles = triton.cdiv(pixels, PIXELS)
    result = picture.new_empty((pixels, WIDTH))
    moments = torch.empty((2, tiles, WIDTH), dtype=torch.float32, device=picture.device)
    _convolve[(tiles,)](
        picture,
        layer.taps,
        layer.bias,
        result,
        moments[0],
        moments[1],
        pixels // width,
        width,
        layer.dilation,
        channels,
        layer.taps.shape[1],
        WIDTH,
        PIXELS,
        num_warps=4,
        num_stages=4,
    )
    return result, _affine(moments, pixels, norm)


def _affine(moments: Tensor, pixels: int, norm: nn.GroupNorm) -> Affine:
    """The norm of a picture of which each tile has its moments [2, tiles, 64]."""
    tiles = moments.shape[1]
    each = triton.next_power_of_2(triton.cdiv(tiles, _PARTS))
    parts = torch.empty((3, _PARTS, WIDTH), dtype=torch.float32, device=moments.device)
    _join[(_PARTS,)](moments[0], moments[1], parts, pixels, tiles, each, _PARTS, WIDTH, PIXELS)
    found = torch.empty((2, WIDTH), dtype=torch.float32, device=moments.device)
    _settle[(1,)](
        parts, norm.weight, norm.bias, found, pixels, norm.eps, _PARTS, WIDTH, GROUPS, num_warps=8
    )
    return Affine(found[0], found[1])


@triton.jit
def _convolve(
    picture,
    taps,
    bias,
    result,
    means,
    squares,
    height,
    width,
    dilation,
    CHANNELS: tl.constexpr,
    DEPTH: tl.constexpr,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    tile = tl.program_id(0)
    place = tile * PIXELS + tl.arange(0, PIXELS)
    row, column = place // width, place % width
    channel, out = tl.arange(0, DEPTH), tl.arange(0, OUT)
    total = tl.zeros((PIXELS, OUT), tl.float32)
    for tap in range(9):
        down, right = (tap // 3 - 1) * dilation, (tap % 3 - 1) * dilation
        inside = (row + down >= 0) & (row + down < height)
        inside = inside & (column + right >= 0) & (column + right < width)
        near = place + down * width + right
        seen = tl.load(
            picture + near[:, None] * CHANNELS + channel[None, :],
            mask=inside[:, None] & (channel < CHANNELS)[None, :],
            other=0.0,
        )
        weight = tl.load(taps + tap * DEPTH * OUT + channel[:, None] * OUT + out[None, :])
        total = tl.dot(seen, weight, total)
    total += tl.load(bias + out)[None, :]
    there = (place < height * width)[:, None]
    tl.store(result + place[:, None] * OUT + out[None, :], total, mask=there)
    count = tl.minimum(height * width - tile * PIXELS, PIXELS)
    mean = tl.sum(tl.where(there, total, 0.0), axis=0) / count
    off = tl.where(there, total - mean[None, :], 0.0)
    tl.store(means + tile * OUT + out, mean)
    tl.store(squares + tile * OUT + out, tl.sum(off * off, axis=0))


@triton.jit
def _join(
    means,
    squares,
    parts,
    pixels,
    tiles,
    EACH: tl.constexpr,
    PARTS: tl.constexpr,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    """Join the moments of EACH tiles; count, mean and squares go to `parts` [3, PARTS, OUT]."""
    part = tl.program_id(0)
    tile = part * EACH + tl.arange(0, EACH)
    out = tl.arange(0, OUT)
    there = (tile < tiles)[:, None]
    left = pixels - tile * PIXELS
    count = tl.maximum(tl.minimum(left, PIXELS), 0).to(tl.float32)
    place = tile[:, None] * OUT + out[None, :]
    mean = tl.load(means + place, mask=there, other=0.0)
    square = tl.load(squares + place, mask=there, other=0.0)
    total = tl.sum(count, axis=0)
    joint = tl.sum(mean * count[:, None], axis=0) / tl.maximum(total, 1.0)
    off = mean - joint[None, :]
    spread = tl.sum(square + off * off * count[:, None], axis=0)
    target = parts + part * OUT + out
    tl.store(target, tl.zeros((OUT,), tl.float32) + total)
    tl.store(target + PARTS * OUT, joint)
    tl.store(target + 2 * PARTS * OUT, spread)


@triton.jit
def _settle(
    parts,
    weight,
    bias,
    found,
    pixels,
    epsilon,
    PARTS: tl.constexpr,
    OUT: tl.constexpr,
    GROUPS: tl.constexpr,
):
    """Join all parts and the channels of a group; scale and shift go to `found` [2, OUT]."""
    part, out = tl.arange(0, PARTS), tl.arange(0, OUT)
    place = part[:, None] * OUT + out[None, :]
    count = tl.load(parts + place)
    mean = tl.load(parts + PARTS * OUT + place)
    square = tl.load(parts + 2 * PARTS * OUT + place)
    own = tl.sum(mean * count, axis=0) / pixels
    off = mean - own[None, :]
    spread = tl.sum(square + off * off * count, axis=0) / pixels
    grouped = tl.reshape(own, (GROUPS, OUT // GROUPS))
    joint = tl.sum(grouped, axis=1)[:, None] / (OUT // GROUPS)
    apart = grouped - joint
    spread = tl.reshape(spread, (GROUPS, OUT // GROUPS)) + apart * apart
    variance = tl.sum(spread, axis=1)[:, None] / (OUT // GROUPS)
    place = tl.reshape(out, (GROUPS, OUT // GROUPS))
    scale = tl.load(weight + place).to(tl.float32) / tl.sqrt(variance + epsilon)
    tl.store(found + place, scale)
    tl.store(found + OUT + place, tl.load(bias + place).to(tl.float32) - joint * scale)
