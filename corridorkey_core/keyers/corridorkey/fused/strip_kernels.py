"""The kernel of `strips.py`, in Gluon, for Hopper's own matrix instructions.

A program goes down a strip of 256 columns, by steps of the dilation, with all weights and a ring of
rows in shared memory. A row is fetched once, with eight columns on either side, and its nine taps
are views of the ring that start elsewhere: what the chip's copier brings is swizzled by address, so
that a view may start at any pixel. Weights are the rows of each product and pixels its columns,
which reads the least shared memory. While a row is multiplied, the row before it is stored and
measured, and the next one takes its place and is normed there.
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

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.corridorkey.fused import strips
from corridorkey_core.keyers.corridorkey.fused.moments import Affine, Measured
from corridorkey_core.keyers.corridorkey.refiner import WIDTH

CHANNELS = gl.constexpr(WIDTH)
COLUMNS = gl.constexpr(strips.COLUMNS)
EDGE = gl.constexpr(8)  # columns beside a strip, as many as the largest dilation
PITCH = gl.constexpr(strips.COLUMNS + 16)  # columns of a row in the ring
RING = gl.constexpr(4)  # rows in shared memory: three that are multiplied, one on its way
PART = gl.constexpr(128)  # columns that are normed at once
BARE = gl.constexpr(gl.SwizzledSharedLayout(1, 1, 1, order=[0]))
MATRIX = gl.constexpr(gl.NVMMASharedLayout(128, 16, 2))
TOTAL = gl.constexpr(gl.NVMMADistributedLayout([3, 0], [4, 2], [16, strips.COLUMNS // 2, 16]))
OF_TOTAL = gl.constexpr(gl.SliceLayout(1, TOTAL.value))
WIDE = gl.constexpr(gl.BlockedLayout([1, 8], [4, 8], [8, 1], [1, 0]))
NARROW = gl.constexpr(gl.BlockedLayout([1, 2], [1, 32], [8, 1], [1, 0]))


def convolve(
    picture: Tensor, taps: Tensor, dilation: int, width: int, before: Affine | None
) -> Measured:
    """See `strips.convolved_in_strips`; width and height as `strips.runs_in_strips` has them."""
    across = width // strips.COLUMNS
    rows = _rows(len(picture) // width, dilation, across, picture.device)
    made = Measured.room(picture, rows * strips.COLUMNS)
    means, squares = made.moments
    scale, shift = (means, means) if before is None else (before.scale, before.shift)
    matrix = gl.NVMMASharedLayout(128, 16, 2)
    _convolve[(made.moments.shape[1],)](
        _described(picture, width, strips.COLUMNS),
        _described(picture, width, 2 * EDGE.value),
        TensorDescriptor(taps, (9 * WIDTH, WIDTH), (WIDTH, 1), (WIDTH, WIDTH), matrix),
        _described(made.result, width, strips.COLUMNS),
        means,
        squares,
        scale,
        shift,
        len(picture) // width,
        width,
        rows,
        dilation,
        before is not None,
        num_warps=8,
    )
    return made


def _described(picture: Tensor, width: int, columns: int) -> TensorDescriptor:
    """A picture for the chip's copier, some columns of a row at a time; zeros outside."""
    size, strides = (len(picture) // width, width, WIDTH), (width * WIDTH, WIDTH, 1)
    row = gl.NVMMASharedLayout(128, 16, 3)
    return TensorDescriptor(picture, size, strides, (1, columns, WIDTH), row)


def _rows(height: int, dilation: int, across: int, device: torch.device) -> int:
    """Rows that one program makes: all programs at once, where a height divides well enough."""
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    wanted = triton.next_power_of_2(programs(across * height, processors))
    steps = height // dilation
    return int(max(strips.FEWEST, min(wanted, steps & -steps)))


@gluon.jit
def _view(ring, start, PIXELS: gl.constexpr):
    """Pixels of the ring from any one on, as a matrix [PIXELS, 64]."""
    return ring.index(start)._reinterpret(ring.dtype, [PIXELS, CHANNELS], MATRIX)


@gluon.jit
def _fetch(picture, margin, ring, ready, slot, row, left):
    """Have a row, and what is beside it, copied to a slot of the ring; outside are zeros."""
    bar, start = ready.index(slot), slot * PITCH
    mbarrier.expect(bar, PITCH * CHANNELS * 2)
    most = ring.index(start)._reinterpret(ring.dtype, [1, COLUMNS, CHANNELS], picture.layout)
    last = ring.index(start + COLUMNS)
    last = last._reinterpret(ring.dtype, [1, 2 * EDGE, CHANNELS], margin.layout)
    tma.async_copy_global_to_shared(picture, [row, left - EDGE, 0], bar, most)
    tma.async_copy_global_to_shared(margin, [row, left - EDGE + COLUMNS, 0], bar, last)


@gluon.jit
def _norm(view, scale, shift, LAYOUT: gl.constexpr):
    channel = gl.arange(0, CHANNELS, layout=gl.SliceLayout(0, LAYOUT))
    scale, shift = gl.load(scale + channel), gl.load(shift + channel)
    value = view.load(LAYOUT).to(gl.float32) * scale[None, :] + shift[None, :]
    view.store(gl.maximum(value, 0.0).to(view.dtype))


@gluon.jit
def _norm_row(ring, slot, row, left, norm, size):
    """Norm a row in its place; what is outside the picture stays zero."""
    start = slot * PITCH
    if (row >= 0) & (row < size[0]):
        for part in gl.static_range(COLUMNS // PART):
            _norm(_view(ring, start + EDGE + part * PART, PART), norm[0], norm[1], WIDE)
        if left > 0:
            _norm(_view(ring, start, EDGE), norm[0], norm[1], NARROW)
        if left + COLUMNS < size[1]:
            _norm(_view(ring, start + EDGE + COLUMNS, EDGE), norm[0], norm[1], NARROW)
    fence_async_shared()


@gluon.jit
def _multiply(ring, weights, step, dilation):
    """Begin the nine products of a row, [64 channels, 256]."""
    total = warpgroup_mma_init(gl.zeros([CHANNELS, COLUMNS], gl.float32, layout=TOTAL))
    for tap in gl.static_range(9):
        start = (step + tap // 3) % RING * PITCH + EDGE + (tap % 3 - 1) * dilation
        seen = _view(ring, start, COLUMNS).permute((1, 0))
        matrix = weights.index(tap).permute((1, 0))
        total = warpgroup_mma(matrix, seen, total, use_acc=tap > 0, is_async=True)
    return total


@gluon.jit
def _store(total, result, ring, slot, row, left):
    """Send a row on its way by a slot that is no longer multiplied."""
    staged = _view(ring, slot * PITCH + EDGE, COLUMNS)
    staged.permute((1, 0)).store(total.to(ring.dtype))
    fence_async_shared()
    staged = staged._reinterpret(ring.dtype, [1, COLUMNS, CHANNELS], result.layout)
    tma.async_copy_shared_to_global(result, [row, left, 0], staged)


@gluon.jit
def _within_threads(values):
    """Sums [64, 2, 8] of a row, of only what each thread holds, so that no thread waits."""
    return gl.sum(values.reshape([CHANNELS, 2, COLUMNS // 16, 8]), axis=2)


@gluon.jit
def _measure(total, pivot, sums, squared):
    """Add a row to the sums of what differs from a pivot, and of its squares."""
    off = total - pivot[:, None]
    return sums + _within_threads(off), squared + _within_threads(off * off)


@gluon.jit
def _tell(pivot, sums, squared, count, means, squares):
    """Store the mean of each channel, and its squared deviations from that."""
    off = gl.convert_layout(gl.sum(gl.sum(sums, axis=2), axis=1), OF_TOTAL) / count
    spread = gl.convert_layout(gl.sum(gl.sum(squared, axis=2), axis=1), OF_TOTAL)
    place = gl.program_id(0) * CHANNELS + gl.arange(0, CHANNELS, layout=OF_TOTAL)
    gl.store(means + place, pivot + off)
    gl.store(squares + place, gl.maximum(spread - off * off * count, 0.0))


@gluon.jit
def _start(width, rows, dilation):
    """The first column of a program's strip, and its first row."""
    across = width // COLUMNS
    chain = gl.program_id(0) // across
    first = chain // dilation * rows * dilation + chain % dilation
    return gl.program_id(0) % across * COLUMNS, first


@gluon.jit
def _begin(picture, margin, taps, ring, weights, ready, first, left, dilation):
    """Have the weights and the first three rows copied."""
    for bar in gl.static_range(RING + 1):
        mbarrier.init(ready.index(bar), count=1)
    for slot in range(3):
        _fetch(picture, margin, ring, ready, slot, first + (slot - 1) * dilation, left)
    mbarrier.expect(ready.index(RING), 9 * CHANNELS * CHANNELS * 2)
    for tap in gl.static_range(9):
        place = [tap * CHANNELS, 0]
        tma.async_copy_global_to_shared(taps, place, ready.index(RING), weights.index(tap))


@gluon.jit
def _arrived(ring, ready, first, left, dilation, norm, size, NORMED: gl.constexpr):
    """Wait for what `_begin` asked for."""
    for slot in range(3):
        mbarrier.wait(ready.index(slot), 0)
        if NORMED:
            _norm_row(ring, slot, first + (slot - 1) * dilation, left, norm, size)
    mbarrier.wait(ready.index(RING), 0)


@gluon.jit(do_not_specialize=["height", "width", "rows", "dilation"])
def _convolve(
    picture,
    margin,
    taps,
    result,
    means,
    squares,
    scale,
    shift,
    height,
    width,
    rows,
    dilation,
    NORMED: gl.constexpr,
):
    ring = gl.allocate_shared_memory(picture.dtype, [RING * PITCH, CHANNELS], BARE)
    weights = gl.allocate_shared_memory(picture.dtype, [9, CHANNELS, CHANNELS], taps.layout)
    ready = gl.allocate_shared_memory(gl.int64, [RING + 1, 1], mbarrier.MBarrierLayout())
    norm, size = (scale, shift), (height, width)
    left, first = _start(width, rows, dilation)
    _begin(picture, margin, taps, ring, weights, ready, first, left, dilation)
    _arrived(ring, ready, first, left, dilation, norm, size, NORMED)

    # Row `step` lies between slots `step` and `step + 2`. The pivot is the first row's mean, so
    # that squares of large numbers do not cancel each other.
    total = gl.zeros([CHANNELS, COLUMNS], gl.float32, layout=TOTAL)
    pivot = gl.zeros([CHANNELS], gl.float32, layout=OF_TOTAL)
    sums, squared = _within_threads(total), _within_threads(total)
    for step in range(rows):
        row, free = first + step * dilation, (step + 3) % RING
        begun = _multiply(ring, weights, step, dilation)
        if step > 0:
            _store(total, result, ring, free, row - dilation, left)
            if step == 1:
                pivot = gl.sum(total, axis=1) / COLUMNS
            sums, squared = _measure(total, pivot, sums, squared)
        if step + 1 < rows:
            tma.store_wait(0)
            below = row + 2 * dilation
            _fetch(picture, margin, ring, ready, free, below, left)
            mbarrier.wait(ready.index(free), (step + 3) // RING % 2)
            if NORMED:
                _norm_row(ring, free, below, left, norm, size)
        total = warpgroup_mma_wait(0, deps=[begun])
    _store(total, result, ring, (rows - 1) % RING, first + (rows - 1) * dilation, left)
    sums, squared = _measure(total, pivot, sums, squared)
    _tell(pivot, sums, squared, rows * COLUMNS, means, squares)
    tma.store_wait(0)
