"""What a group norm needs of a picture, from what each of its tiles measured.

Each tile leaves, for each channel, its mean and its squared deviations from that, which are joined
by Chan, Golub and LeVeque, 1979: no large sums of squares, and always in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.corridorkey.refiner import GROUPS, WIDTH

_EACH = 128  # tiles that are joined to one part, before all parts are joined


@dataclass(frozen=True)
class Affine:
    """What a group norm with known statistics is: `scale` and `shift` [64] in float32."""

    scale: Tensor
    shift: Tensor


@dataclass(frozen=True)
class Measured:
    """A convolution [pixels, 64], its bias not yet added, and what its tiles measured of it.

    `moments` [2, tiles, 64] in float32 are means and squared deviations; a tile is `each` pixels,
    the last one perhaps fewer.
    """

    result: Tensor
    moments: Tensor
    each: int

    @classmethod
    def room(cls, picture: Tensor, each: int) -> Measured:
        """Room for what a picture [pixels, C] is to give, in its own type."""
        result = picture.new_empty((len(picture), WIDTH))
        tiles = programs(len(picture), each)
        moments = torch.empty((2, tiles, WIDTH), dtype=torch.float32, device=picture.device)
        return cls(result, moments, each)

    def norm(self, bias: Tensor, norm: nn.GroupNorm) -> Affine:
        """The convolution's norm, which adds its `bias` [64], float32, as well."""
        pixels, tiles = len(self.result), self.moments.shape[1]
        means, squares = self.moments
        count = programs(tiles, _EACH)
        parts = torch.empty((3, count, WIDTH), dtype=torch.float32, device=means.device)
        _join[(count,)](
            means, squares, parts, pixels, tiles, count, self.each, _EACH, WIDTH, num_warps=8
        )
        found = torch.empty((2, WIDTH), dtype=torch.float32, device=means.device)
        _settle[(1,)](
            parts,
            bias,
            norm.weight,
            norm.bias,
            found,
            pixels,
            count,
            norm.eps,
            WIDTH,
            GROUPS,
            num_warps=8,
        )
        return Affine(found[0], found[1])


@triton.jit
def keep_measured(
    total, tile, result, means, squares, pixels, OUT: tl.constexpr, PIXELS: tl.constexpr
):
    """Store what a tile became, `total` [PIXELS, OUT], and its moments; see `Measured`."""
    place = tile * PIXELS + tl.arange(0, PIXELS)
    out = tl.arange(0, OUT)
    there = (place < pixels)[:, None]
    tl.store(result + place[:, None] * OUT + out[None, :], total, mask=there)
    count = tl.minimum(pixels - tile * PIXELS, PIXELS)
    mean = tl.sum(tl.where(there, total, 0.0), axis=0) / count
    off = tl.where(there, total - mean[None, :], 0.0)
    tl.store(means + tile * OUT + out, mean)
    tl.store(squares + tile * OUT + out, tl.sum(off * off, axis=0))


@triton.jit(do_not_specialize=["pixels", "tiles", "count", "each"])
def _join(
    means,
    squares,
    parts,
    pixels,
    tiles,
    count,
    each,
    EACH: tl.constexpr,
    OUT: tl.constexpr,
):
    """Join the moments of EACH tiles; count, mean and squares go to `parts` [3, count, OUT]."""
    part = tl.program_id(0)
    tile = part * EACH + tl.arange(0, EACH)
    out = tl.arange(0, OUT)
    there = (tile < tiles)[:, None]
    weight = tl.maximum(tl.minimum(pixels - tile * each, each), 0).to(tl.float32)
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


@triton.jit(do_not_specialize=["pixels", "count"])
def _settle(
    parts,
    shifted,
    weight,
    bias,
    found,
    pixels,
    count,
    epsilon,
    OUT: tl.constexpr,
    GROUPS: tl.constexpr,
):
    """Join all parts and the channels of a group; scale and shift go to `found` [2, OUT].

    `shifted` is what is to be added to each channel before it is normed.
    """
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
    own = tl.reshape(own + tl.load(shifted + out), (GROUPS, OUT // GROUPS))
    joint = tl.sum(own, axis=1)[:, None] / (OUT // GROUPS)
    apart = own - joint
    spread = tl.reshape(spread, (GROUPS, OUT // GROUPS)) + apart * apart
    variance = tl.sum(spread, axis=1)[:, None] / (OUT // GROUPS)
    place = tl.reshape(out, (GROUPS, OUT // GROUPS))
    scale = tl.load(weight + place).to(tl.float32) / tl.sqrt(variance + epsilon)
    tl.store(found + place, scale)
    shift = tl.load(bias + place).to(tl.float32) + (tl.load(shifted + place) - joint) * scale
    tl.store(found + OUT + place, shift)


@triton.jit
def _parts(parts, first, pixels, count, OUT: tl.constexpr):
    """Of 64 parts from `first` on: their share of the pixels, mean, and share of the variance."""
    part = first + tl.arange(0, 64)
    there = (part < count)[:, None]
    place = part[:, None] * OUT + tl.arange(0, OUT)[None, :]
    share = tl.load(parts + place, mask=there, other=0.0) / pixels
    mean = tl.load(parts + count * OUT + place, mask=there, other=0.0)
    return share, mean, tl.load(parts + 2 * count * OUT + place, mask=there, other=0.0) / pixels
