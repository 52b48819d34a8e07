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
from triton.tools.tensor_descriptor import TensorDescriptor

from corridorkey_core.keyers.corridorkey.refiner import GROUPS, WIDTH

PIXELS = 128  # of a tile
_EACH = 128  # tiles that are joined to one part, before all parts are joined
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
    answers = (layer.bias, result, moments[0], moments[1])
    if channels == WIDTH and width % PIXELS == 0 and _copies_tiles(picture.device):
        size = (pixels // width, width, WIDTH)
        tile = TensorDescriptor(picture, size, (width * WIDTH, WIDTH, 1), (1, PIXELS, WIDTH))
        taps = TensorDescriptor(
            layer.taps.flatten(0, 1), (9 * WIDTH, WIDTH), (WIDTH, 1), (WIDTH,) * 2
        )
        _convolve_tiles[(tiles,)](
            tile, taps, *answers, width, layer.dilation, WIDTH, PIXELS, num_warps=4, num_stages=3
        )
    else:
        shape = (pixels // width, width, layer.dilation, channels, layer.taps.shape[1])
        _convolve[(tiles,)](
            picture, layer.taps, *answers, *shape, WIDTH, PIXELS, num_warps=4, num_stages=3
        )
    return result, _affine(moments, pixels, norm)


def _copies_tiles(device: torch.device) -> bool:
    """Whether a device fetches tiles by itself, zeros where they lie outside: Hopper and later."""
    return device.type == "cpu" or torch.cuda.get_device_capability(device) >= (9, 0)


def _affine(moments: Tensor, pixels: int, norm: nn.GroupNorm) -> Affine:
    """The norm of a picture of which each tile has its moments [2, tiles, 64]."""
    tiles = moments.shape[1]
    count = triton.cdiv(tiles, _EACH)
    parts = torch.empty((3, count, WIDTH), dtype=torch.float32, device=moments.device)
    _join[(count,)](
        moments[0], moments[1], parts, pixels, tiles, count, _EACH, WIDTH, PIXELS, num_warps=8
    )
    found = torch.empty((2, WIDTH), dtype=torch.float32, device=moments.device)
    _settle[(1,)](
        parts, norm.weight, norm.bias, found, pixels, count, norm.eps, WIDTH, GROUPS, num_warps=8
    )
    return Affine(found[0], found[1])


@triton.jit(do_not_specialize=["dilation"])
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


@triton.jit(do_not_specialize=["dilation"])
def _convolve_tiles(
    picture,
    taps,
    bias,
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
    total += tl.load(bias + out)[None, :]
    place = tile * PIXELS + tl.arange(0, PIXELS)
    tl.store(result + place[:, None] * OUT + out[None, :], total)
    mean = tl.sum(total, axis=0) / PIXELS
    off = total - mean[None, :]
    tl.store(means + tile * OUT + out, mean)
    tl.store(squares + tile * OUT + out, tl.sum(off * off, axis=0))


@triton.jit
def _join(
    means,
    squares,
    parts,
    pixels,
    tiles,
    count,
    EACH: tl.constexpr,
    OUT: tl.constexpr,
    PIXELS: tl.constexpr,
):
    """Join the moments of EACH tiles; count, mean and squares go to `parts` [3, count, OUT]."""
    part = tl.program_id(0)
    tile = part * EACH + tl.arange(0, EACH)
    out = tl.arange(0, OUT)
    there = (tile < tiles)[:, None]
    weight = tl.maximum(tl.minimum(pixels - tile * PIXELS, PIXELS), 0).to(tl.float32)
    place = tile[:, None] * OUT + out[None, :]
    mean = tl.load(means + place, mask=there, other=0.0)
    square = tl.load(squares + place, mask=there, other=0.0)
    total = tl.sum(weight, axis=0)
    joint = tl.sum(mean * weight[:, None], axis=0) / total
    off = mean - joint[None, :]
    target = parts + part * OUT + out
    tl.store(target, tl.zeros((OUT,), tl.float32) + total)
    tl.store(target + count * OUT, joint)
    spread = tl.sum(square + off * off * weight[:, None], axis=0)
    tl.store(target + 2 * count * OUT, spread)


@triton.jit
def _settle(
    parts, weight, bias, found, pixels, count, epsilon, OUT: tl.constexpr, GROUPS: tl.constexpr
):
    """Join all parts and the channels of a group; scale and shift go to `found` [2, OUT]."""
    out = tl.arange(0, OUT)
    own = tl.zeros((OUT,), tl.float32)
    first = 0
    while first < count:
        share, mean, _square = _parts(parts, first, pixels, count, OUT)
        own += tl.sum(mean * share, axis=0)
        first += 64
    spread = tl.zeros((OUT,), tl.float32)
    first = 0
    while first < count:
        share, mean, square = _parts(parts, first, pixels, count, OUT)
        off = mean - own[None, :]
        spread += tl.sum(square + off * off * share, axis=0)
        first += 64
    own = tl.reshape(own, (GROUPS, OUT // GROUPS))
    joint = tl.sum(own, axis=1)[:, None] / (OUT // GROUPS)
    apart = own - joint
    spread = tl.reshape(spread, (GROUPS, OUT // GROUPS)) + apart * apart
    variance = tl.sum(spread, axis=1)[:, None] / (OUT // GROUPS)
    place = tl.reshape(out, (GROUPS, OUT // GROUPS))
    scale = tl.load(weight + place).to(tl.float32) / tl.sqrt(variance + epsilon)
    tl.store(found + place, scale)
    tl.store(found + OUT + place, tl.load(bias + place).to(tl.float32) - joint * scale)


@triton.jit
def _parts(parts, first, pixels, count, OUT: tl.constexpr):
    """Of 64 parts from `first` on: their share of the pixels, mean, and share of the variance."""
    part = first + tl.arange(0, 64)
    there = (part < count)[:, None]
    place = part[:, None] * OUT + tl.arange(0, OUT)[None, :]
    share = tl.load(parts + place, mask=there, other=0.0) / pixels
    mean = tl.load(parts + count * OUT + place, mask=there, other=0.0)
    return share, mean, tl.load(parts + 2 * count * OUT + place, mask=there, other=0.0) / pixels
