"""What is around the convolutions: channels side by side, and what is enlarged and added."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# ruff: noqa: N803

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs

_PIXELS = 256
_COLUMNS, _PART = 64, 16  # channels are multiples of the latter


def side_by_side(planes: Tensor) -> Tensor:
    """A contiguous picture [H, W, 16] of planes [1, 16, H, W]."""
    _, channels, height, width = planes.shape
    picture = planes.new_empty((height, width, channels))
    grid = (programs(height * width, _PIXELS),)
    _turn[grid](planes.contiguous(), picture, height * width, channels, _PIXELS)
    return picture


def plus_enlarged(picture: Tensor, coarse: Tensor) -> Tensor:
    """A picture [2 H, 2 W, C] plus what a coarse one [H, W, C] is, enlarged bilinearly."""
    height, width, channels = coarse.shape
    result = torch.empty_like(picture)
    grid = (programs(2 * width, _COLUMNS), 2 * height, channels // _PART)
    _plus_enlarged[grid](coarse, picture, result, height, width, channels, _COLUMNS, _PART)
    return result


@triton.jit(do_not_specialize=["count"])
def _turn(planes, picture, count, CHANNELS: tl.constexpr, PIXELS: tl.constexpr):
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    channel, there = tl.arange(0, CHANNELS), pixel < count
    place = channel[:, None] * count + pixel[None, :]
    values = tl.trans(tl.load(planes + place, mask=there[None, :], other=0.0))
    tl.store(picture + pixel[:, None] * CHANNELS + channel[None, :], values, mask=there[:, None])


@triton.jit
def _beside(place, edge):
    """The two nearest of a coarse row's places, and the weight of the second."""
    first = (place + 1) // 2 - 1
    share = tl.where(place % 2 == 0, 0.75, 0.25)
    return tl.maximum(first, 0), tl.minimum(first + 1, edge - 1), share


@triton.jit(do_not_specialize=["height", "width"])
def _plus_enlarged(
    coarse,
    picture,
    result,
    height,
    width,
    CHANNELS: tl.constexpr,
    COLUMNS: tl.constexpr,
    PART: tl.constexpr,
):
    y = tl.program_id(1)
    x = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    channel = (tl.program_id(2) * PART + tl.arange(0, PART))[None, :]
    there = (x < 2 * width)[:, None]
    top, bottom, lower = _beside(y, height)
    left, right, further = _beside(x, width)
    left, right, further = left[:, None] * CHANNELS, right[:, None] * CHANNELS, further[:, None]
    above, below = coarse + top * width * CHANNELS, coarse + bottom * width * CHANNELS
    one = tl.load(above + left + channel, mask=there, other=0.0) * (1.0 - further)
    one += tl.load(above + right + channel, mask=there, other=0.0) * further
    two = tl.load(below + left + channel, mask=there, other=0.0) * (1.0 - further)
    two += tl.load(below + right + channel, mask=there, other=0.0) * further
    place = (y * 2 * width + x[:, None]) * CHANNELS + channel
    kept = tl.load(picture + place, mask=there, other=0.0)
    tl.store(result + place, kept + one * (1.0 - lower) + two * lower, mask=there)
