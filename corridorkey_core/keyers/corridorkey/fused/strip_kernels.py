"""The kernel of `strips.py`, in Gluon, for Hopper's own matrix instructions.

A program goes down a strip of 128 columns, by steps of the dilation, with all weights and a ring
of rows in shared memory. A row is fetched once, with eight columns on either side, and its nine
taps are views of the ring that start elsewhere: what is fetched by the chip's copier is swizzled by
address, so a view may start at any pixel. Weights are the rows of each product and pixels its
columns, which reads the least shared memory. While a row is multiplied, the row before it is
stored, others arrive, and the next one is normed in its place.
"""

from __future__ import annotations

import torch
import triton
from torch import Tensor
from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    fence_async_shared,
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_init,
    warpgroup_mma_wait,
)
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor

from corridorkey_core.keyers.corridorkey.fused.moments import PIXELS, Affine
from corridorkey_core.keyers.corridorkey.refiner import WIDTH

_RING = 8  # rows in shared memory: three that are multiplied, the others on their way in or out
_FEWEST = 8  # rows of a strip: all that are fetched at first are also waited for
EDGE = gl.constexpr(8)  # columns beside a strip, as many as the largest dilation
CHANNELS = gl.constexpr(WIDTH)
PITCH = gl.constexpr(PIXELS + 16)  # columns of a row in the ring
BARE = gl.constexpr(gl.SwizzledSharedLayout(1, 1, 1, order=[0]))
MATRIX = gl.constexpr(gl.NVMMASharedLayout(128, 16, 2))
TOTAL = gl.constexpr(gl.NVMMADistributedLayout([3, 0], [4, 1], [16, PIXELS, 16]))
WIDE = gl.constexpr(gl.BlockedLayout([1, 8], [4, 8], [4, 1], [1, 0]))
NARROW = gl.constexpr(gl.BlockedLayout([1, 4], [2, 16], [4, 1], [1, 0]))


def convolve(
    picture: Tensor,
    taps: Tensor,
    dilation: int,
    width: int,
    before: Affine | None,
    answers: tuple[Tensor, ...],
) -> None:
    """See `strips.convolve_strips`; width and height are multiples of 128."""
    bias, result, means, squares = answers
    height, strips = len(picture) // width, width // PIXELS
    rows = _rows(height, dilation, strips, picture.device)
    scale, shift = (bias, bias) if before is None else (before.scale, before.shift)
    matrices = gl.NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=2)
    _convolve[(strips * height // rows,)](
        _described(picture, width, PIXELS),
        _described(picture, width, EDGE.value),
        TensorDescriptor(taps, (9 * WIDTH, WIDTH), (WIDTH, 1), (WIDTH, WIDTH), matrices),
        _described(result, width, PIXELS),
        bias,
        means,
        squares,
        scale,
        shift,
        height,
        width,
        rows,
        dilation,
        before is not None,
        PIXELS,
        _RING,
        num_warps=4,
    )


def _described(picture: Tensor, width: int, columns: int) -> TensorDescriptor:
    """A picture for the chip's copier, some columns of a row at a time; zeros outside."""
    size, strides = (len(picture) // width, width, WIDTH), (width * WIDTH, WIDTH, 1)
    layout = gl.NVMMASharedLayout(swizzle_byte_width=128, element_bitwidth=16, rank=3)
    return TensorDescriptor(picture, size, strides, (1, columns, WIDTH), layout)


def _rows(height: int, dilation: int, strips: int, device: torch.device) -> int:
    """Rows that one program makes: all programs at once, where a height divides well enough."""
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    wanted = triton.next_power_of_2(triton.cdiv(strips * height, processors))
    steps = height // dilation
    return int(max(_FEWEST, min(wanted, steps & -steps)))


@gluon.jit
def _view(ring, start, PIXELS: gl.constexpr):
    """Pixels of the ring from any one on, as a matrix [PIXELS, 64]."""
    return ring.index(start)._reinterpret(ring.dtype, [PIXELS, CHANNELS], MATRIX)


@gluon.jit
def _fetch(picture, margin, ring, ready, slot, row, left, PIXELS: gl.constexpr):
    """Have a row, and what is beside it, copied to a slot of the ring; outside are zeros."""
    bar, start = ready.index(slot), slot * PITCH
    mbarrier.expect(bar, PITCH * CHANNELS * 2)
    before = ring.index(start)._reinterpret(ring.dtype, [1, EDGE, CHANNELS], margin.layout)
    middle = ring.index(start + EDGE)._reinterpret(
        ring.dtype, [1, PIXELS, CHANNELS], picture.layout
    )
    after = ring.index(start + EDGE + PIXELS)._reinterpret(
        ring.dtype, [1, EDGE, CHANNELS], margin.layout
    )
    tma.async_copy_global_to_shared(margin, [row, left - EDGE, 0], bar, before)
    tma.async_copy_global_to_shared(picture, [row, left, 0], bar, middle)
    tma.async_copy_global_to_shared(margin, [row, left + PIXELS, 0], bar, after)


@gluon.jit
def _norm(view, scale, shift, LAYOUT: gl.constexpr):
    channel = gl.arange(0, CHANNELS, layout=gl.SliceLayout(0, LAYOUT))
    value = view.load(LAYOUT).to(gl.float32)
    value = value * gl.load(scale + channel)[None, :] + gl.load(shift + channel)[None, :]
    view.store(gl.maximum(value, 0.0).to(view.dtype))


@gluon.jit
def _norm_row(ring, slot, row, height, left, width, scale, shift, PIXELS: gl.constexpr):
    """Norm a row in its place; what is outside the picture stays zero."""
    start = slot * PITCH
    if (row >= 0) & (row < height):
        for part in gl.static_range(PIXELS // 64):
            _norm(_view(ring, start + EDGE + part * 64, 64), scale, shift, WIDE)
        if left > 0:
            _norm(_view(ring, start, EDGE), scale, shift, NARROW)
        if left + PIXELS < width:
            _norm(_view(ring, start + EDGE + PIXELS, EDGE), scale, shift, NARROW)


@gluon.jit
def _multiply(ring, weights, step, dilation, total, PIXELS: gl.constexpr, RING: gl.constexpr):
    """Begin the nine products of a row, [64 channels, PIXELS]."""
    for tap in gl.static_range(9):
        slot = (step + tap // 3) % RING
        start = slot * PITCH + EDGE + (tap % 3 - 1) * dilation
        seen = _view(ring, start, PIXELS).permute((1, 0))
        matrix = weights.index(tap).permute((1, 0))
        total = warpgroup_mma(matrix, seen, total, use_acc=tap > 0, is_async=True)
    return total


@gluon.jit
def _finish(
    total,
    result,
    ring,
    bias,
    means,
    squares,
    slot,
    row,
    left,
    width,
    PIXELS: gl.constexpr,
):
    """Store a row by way of a slot that is no longer multiplied, and what it measures."""
    out = gl.arange(0, CHANNELS, layout=gl.SliceLayout(1, TOTAL))
    total += gl.load(bias + out)[:, None]
    staged = _view(ring, slot * PITCH + EDGE, PIXELS)
    staged.permute((1, 0)).store(total.to(ring.dtype))
    fence_async_shared()
    staged = staged._reinterpret(ring.dtype, [1, PIXELS, CHANNELS], result.layout)
    tma.async_copy_shared_to_global(result, [row, left, 0], staged)
    mean = gl.sum(total, axis=1) / PIXELS
    off = total - mean[:, None]
    tile = (row * width + left) // PIXELS * CHANNELS
    gl.store(means + tile + out, mean)
    gl.store(squares + tile + out, gl.sum(off * off, axis=1))


@gluon.jit(do_not_specialize=["height", "width", "rows", "dilation"])
def _convolve(
    picture,
    margin,
    taps,
    result,
    bias,
    means,
    squares,
    scale,
    shift,
    height,
    width,
    rows,
    dilation,
    NORMED: gl.constexpr,
    PIXELS: gl.constexpr,
    RING: gl.constexpr,
):
    ring = gl.allocate_shared_memory(picture.dtype, [RING * PITCH, CHANNELS], BARE)
    weights = gl.allocate_shared_memory(picture.dtype, [9, CHANNELS, CHANNELS], taps.layout)
    ready = gl.allocate_shared_memory(gl.int64, [RING + 1, 1], mbarrier.MBarrierLayout())
    for bar in gl.static_range(RING + 1):
        mbarrier.init(ready.index(bar), count=1)
    mbarrier.expect(ready.index(RING), 9 * CHANNELS * CHANNELS * 2)
    for tap in gl.static_range(9):
        place = [tap * CHANNELS, 0]
        tma.async_copy_global_to_shared(taps, place, ready.index(RING), weights.index(tap))

    strips = width // PIXELS
    left, chain = gl.program_id(0) % strips * PIXELS, gl.program_id(0) // strips
    first = chain // dilation * rows * dilation + chain % dilation
    for slot in range(RING):
        _fetch(picture, margin, ring, ready, slot, first + (slot - 1) * dilation, left, PIXELS)
    for slot in range(3):
        mbarrier.wait(ready.index(slot), 0)
        if NORMED:
            row = first + (slot - 1) * dilation
            _norm_row(ring, slot, row, height, left, width, scale, shift, PIXELS)
    if NORMED:
        fence_async_shared()
    mbarrier.wait(ready.index(RING), 0)

    # Row `step` of the strip lies between slots `step` and `step + 2`.
    empty = gl.zeros([CHANNELS, PIXELS], gl.float32, layout=TOTAL)
    total = empty
    for step in range(rows):
        row = first + step * dilation
        begun = warpgroup_mma_init(empty)
        begun = _multiply(ring, weights, step, dilation, begun, PIXELS, RING)
        if step > 0:
            slot = (step - 1) % RING
            above = row - dilation
            _finish(total, result, ring, bias, means, squares, slot, above, left, width, PIXELS)
        tma.store_wait(1)
        if (step > 1) & (step + RING < rows + 4):
            ahead = row + (RING - 3) * dilation
            _fetch(picture, margin, ring, ready, (step - 2) % RING, ahead, left, PIXELS)
        following = step + 3
        slot = following % RING
        mbarrier.wait(ready.index(slot), following // RING % 2, pred=step + 1 < rows)
        if NORMED:
            if step + 1 < rows:
                below = row + 2 * dilation
                _norm_row(ring, slot, below, height, left, width, scale, shift, PIXELS)
            fence_async_shared()
        total = warpgroup_mma_wait(0, deps=[begun])
    last = first + (rows - 1) * dilation
    slot = (rows - 1) % RING
    _finish(total, result, ring, bias, means, squares, slot, last, left, width, PIXELS)
    tma.store_wait(0)
    for bar in gl.static_range(RING + 1):
        mbarrier.invalidate(ready.index(bar))
