"""The kernels of `along_axis.py`."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs

_PIXELS = 1024


def weigh(image: Tensor, taps: Tensor, axis: int) -> Tensor:
    """See `along_axis.weighed`; `taps` on the device of the image."""
    image = image.contiguous()
    result = torch.empty_like(image)
    count, size, stride = _steps(image, axis)
    grid = (programs(count, _PIXELS),)
    _weigh[grid](image, taps, result, count, size, stride, len(taps) - 1, _PIXELS)
    return result


def find_extreme(image: Tensor, radius: int, axis: int, *, largest: bool) -> Tensor:
    """See `along_axis.extreme`."""
    image = image.contiguous()
    result = torch.empty_like(image)
    count, size, stride = _steps(image, axis)
    grid = (programs(count, _PIXELS),)
    _extreme[grid](image, result, count, size, stride, radius, largest, _PIXELS)
    return result


def _steps(image: Tensor, axis: int) -> tuple[int, int, int]:
    return image.numel(), image.shape[axis], 1 if axis == -1 else image.shape[-1]


@triton.jit(do_not_specialize=["count", "size", "stride", "reach"])
def _weigh(image, taps, result, count, size, stride, reach, PIXELS: tl.constexpr):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < count
    along = place // stride % size
    total = tl.load(image + place, mask=there, other=0.0) * tl.load(taps)
    offset = 1
    while offset <= reach:
        tap = tl.load(taps + offset)
        before = place - tl.minimum(offset, along) * stride
        after = place + tl.minimum(offset, size - 1 - along) * stride
        total += tap * tl.load(image + before, mask=there, other=0.0)
        total += tap * tl.load(image + after, mask=there, other=0.0)
        offset += 1
    tl.store(result + place, total, mask=there)


@triton.jit(do_not_specialize=["count", "size", "stride", "reach"])
def _extreme(
    image, result, count, size, stride, reach, LARGEST: tl.constexpr, PIXELS: tl.constexpr
):
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < count
    along = place // stride % size
    found = tl.load(image + place, mask=there, other=0.0)
    offset = 1
    while offset <= reach:
        before = place - tl.minimum(offset, along) * stride
        after = place + tl.minimum(offset, size - 1 - along) * stride
        found = _further(found, tl.load(image + before, mask=there, other=0.0), LARGEST)
        found = _further(found, tl.load(image + after, mask=there, other=0.0), LARGEST)
        offset += 1
    tl.store(result + place, found, mask=there)


@triton.jit
def _further(found, other, LARGEST: tl.constexpr):
    # NaN wins, as in torch.
    if LARGEST:
        found = tl.maximum(found, other, propagate_nan=tl.PropagateNan.ALL)
    else:
        found = tl.minimum(found, other, propagate_nan=tl.PropagateNan.ALL)
    return found
