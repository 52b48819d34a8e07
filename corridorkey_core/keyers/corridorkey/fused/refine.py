"""What lies around the refiner's convolutions: what it sees, norms, residuals, what it corrects.

Pictures are [pixels, C] in half precision, row by row; coarse logits are [4, edge, edge] in
float32, and are enlarged, outer edges aligned, wherever they are needed.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.corridorkey.fused.moments import Affine
from corridorkey_core.keyers.corridorkey.fused.stem import SEEN
from corridorkey_core.keyers.corridorkey.refiner import GAIN, WIDTH

_PIXELS = 64


def seen_by_refiner(inputs: Tensor, coarse: Tensor) -> Tensor:
    """The picture of `inputs` [1, 4, S, S] and the enlarged answer so far, [S × S, 8]."""
    size, edge = inputs.shape[-1], coarse.shape[-1]
    result = inputs.new_empty((size * size, SEEN))
    pixels = 256
    _see[(programs(size * size, pixels),)](inputs, coarse, result, size, edge, SEEN, pixels)
    return result


def normed_(picture: Tensor, norm: Affine) -> Tensor:
    """The ReLU of a picture's norm, in its place."""
    return _finish(picture, picture, norm, is_residual=False)


def normed_and_added_(picture: Tensor, change: Tensor, norm: Affine) -> Tensor:
    """The ReLU of `picture` + the norm of `change`, in the place of `picture`."""
    return _finish(picture, change, norm, is_residual=True)


def _finish(picture: Tensor, change: Tensor, norm: Affine, *, is_residual: bool) -> Tensor:
    pixels = len(picture)
    _norm[(programs(pixels, _PIXELS),)](
        picture, change, norm.scale, norm.shift, pixels, is_residual, WIDTH, _PIXELS
    )
    return picture


def corrected(
    picture: Tensor,
    change: Tensor,
    norm: Affine,
    final: tuple[Tensor, Tensor],
    coarse: Tensor,
    size: int,
    strength: float,
) -> Tensor:
    """Logits [1, 4, S, S] in float32: the last residual block's end and the last layer, in one.

    `final` is the last layer's weight [4, 64] and bias [4], in float32.
    """
    result = torch.empty((1, 4, size, size), dtype=torch.float32, device=picture.device)
    weight, bias = final
    _correct[(programs(size * size, _PIXELS),)](
        picture,
        change,
        norm.scale,
        norm.shift,
        weight,
        bias,
        coarse,
        result,
        size,
        coarse.shape[-1],
        strength * GAIN,
        WIDTH,
        _PIXELS,
    )
    return result


@triton.jit
def _enlarged(coarse, row, column, size, edge, there):
    """One channel of `coarse` [edge, edge] at pixels of a picture of `size`, bilinear."""
    ratio = edge / size
    y = tl.maximum((row.to(tl.float32) + 0.5) * ratio - 0.5, 0.0)
    x = tl.maximum((column.to(tl.float32) + 0.5) * ratio - 0.5, 0.0)
    top, left = y.to(tl.int32), x.to(tl.int32)
    down, right = y - top, x - left
    bottom, beside = tl.minimum(top + 1, edge - 1), tl.minimum(left + 1, edge - 1)
    a = tl.load(coarse + top * edge + left, mask=there, other=0.0)
    b = tl.load(coarse + top * edge + beside, mask=there, other=0.0)
    c = tl.load(coarse + bottom * edge + left, mask=there, other=0.0)
    d = tl.load(coarse + bottom * edge + beside, mask=there, other=0.0)
    return (1 - down) * ((1 - right) * a + right * b) + down * ((1 - right) * c + right * d)


@triton.jit
def _see(inputs, coarse, result, size, edge, SEEN: tl.constexpr, PIXELS: tl.constexpr):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < size * size
    row, column = place // size, place % size
    target = result + place * SEEN
    for channel in tl.static_range(3):
        light = tl.load(inputs + channel * size * size + place, mask=there)
        tl.store(target + channel, light, mask=there)
    for channel in tl.static_range(4):
        logit = _enlarged(coarse + channel * edge * edge, row, column, size, edge, there)
        tl.store(target + 3 + channel, tl.sigmoid(logit), mask=there)
    tl.store(target + 7, tl.zeros((PIXELS,), tl.float32), mask=there)


@triton.jit
def _norm(
    picture,
    change,
    scale,
    shift,
    pixels,
    RESIDUAL: tl.constexpr,
    WIDTH: tl.constexpr,
    PIXELS: tl.constexpr,
):
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.arange(0, WIDTH)
    place = pixel[:, None] * WIDTH + channel[None, :]
    there = (pixel < pixels)[:, None]
    value = tl.load(change + place, mask=there, other=0.0).to(tl.float32)
    value = value * tl.load(scale + channel)[None, :] + tl.load(shift + channel)[None, :]
    if RESIDUAL:
        value += tl.load(picture + place, mask=there, other=0.0).to(tl.float32)
    tl.store(picture + place, tl.maximum(value, 0.0), mask=there)


@triton.jit
def _correct(
    picture,
    change,
    scale,
    shift,
    weight,
    bias,
    coarse,
    result,
    size,
    edge,
    strength,
    WIDTH: tl.constexpr,
    PIXELS: tl.constexpr,
):
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    channel = tl.arange(0, WIDTH)
    place = pixel[:, None] * WIDTH + channel[None, :]
    inside = pixel < size * size
    there = inside[:, None]
    value = tl.load(change + place, mask=there, other=0.0).to(tl.float32)
    value = value * tl.load(scale + channel)[None, :] + tl.load(shift + channel)[None, :]
    value += tl.load(picture + place, mask=there, other=0.0).to(tl.float32)
    value = tl.maximum(value, 0.0)
    row, column = pixel // size, pixel % size
    for out in tl.static_range(4):
        factor = tl.load(weight + out * WIDTH + channel)
        correction = tl.sum(value * factor[None, :], axis=1) + tl.load(bias + out)
        logit = _enlarged(coarse + out * edge * edge, row, column, size, edge, inside)
        tl.store(result + out * size * size + pixel, logit + strength * correction, mask=inside)
