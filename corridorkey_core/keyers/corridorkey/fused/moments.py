"""What a group norm needs of a picture, from what each of its tiles measured.

Each tile of 128 pixels leaves, for each channel, its mean and its squared deviations from that,
which are joined by Chan, Golub and LeVeque, 1979: no large sums of squares, and always in the same
order.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.refiner import GROUPS, WIDTH

PIXELS = 128  # of a tile
_EACH = 128  # tiles that are joined to one part, before all parts are joined


@dataclass(frozen=True)
class Affine:
    """What a group norm with known statistics is: `scale` and `shift` [64] in float32."""

    scale: Tensor
    shift: Tensor


def moments_of(pixels: int, device: torch.device) -> Tensor:
    """Room for the means and the squared deviations of a picture's tiles, [2, tiles, 64]."""
    return torch.empty((2, triton.cdiv(pixels, PIXELS), WIDTH), dtype=torch.float32, device=device)


def settled(moments: Tensor, pixels: int, norm: nn.GroupNorm) -> Affine:
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
