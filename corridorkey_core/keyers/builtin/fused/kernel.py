"""The kernel of all convolutions: a window's row is a matrix, as it lies in memory.

Pictures are [rows, columns, channels] in float32. `PACK` neighbouring pixels of the result are one
row of a product, all that they see in a row of the picture is one row of the other: it lies side by
side in memory, and is fetched and split once for all of them. Offsets are 32 bits: a picture may
have 2³¹ numbers.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# ruff: noqa: N803

from __future__ import annotations

import triton
import triton.language as tl

LARGEST = tl.constexpr(65504.0)  # of half floats


@triton.jit
def _halves(value, RELU: tl.constexpr):
    """Two half floats whose sum a value is, to 22 bits; beyond halves' range it is cut off."""
    least = 0.0 if RELU else -LARGEST
    value = tl.clamp(value, least, LARGEST, propagate_nan=tl.PropagateNan.ALL)
    high = value.to(tl.float16)
    return high, (value - high.to(tl.float32)).to(tl.float16)


@triton.jit
def _seen(picture, row, left, depth, there, height, width, CHANNELS, ABOVE: tl.constexpr):
    """What packs see of a row from some `depth` on, 0 outside of the picture."""
    inside = (there & (row >= 0) & (row < height))[:, None]
    if ABOVE > 0:
        column = left[:, None] + (depth // CHANNELS)[None, :]
        inside = inside & (column >= 0) & (column < width)
    start = (row * width + left) * CHANNELS
    return tl.load(picture + (start[:, None] + depth[None, :]), mask=inside, other=0.0)


@triton.jit
def _multiplied(high, low, line, out, total):
    weight = tl.load(line + out[None, :])
    total = tl.dot(high, weight, total)
    return tl.dot(low, weight, total)


@triton.jit
def _keep(total, bias, result, place, there, ADD: tl.constexpr):
    total += tl.load(bias)[None, :]
    if ADD:
        total += tl.load(result + place, mask=there, other=0.0)
    tl.store(result + place, total, mask=there)


@triton.jit(do_not_specialize=["height", "width", "rows", "columns"])
def convolve(
    picture,  # [height, width, CHANNELS]
    taps,  # [EDGE × WINDOW, BLOCKS × (OUT + REST)], half floats
    bias,
    result,  # [rows, columns, BLOCKS × (OUT + REST)], or see SPREAD
    height,
    width,
    rows,
    columns,
    CHANNELS: tl.constexpr,
    EDGE: tl.constexpr,  # rows that a pixel sees
    STRIDE: tl.constexpr,
    ABOVE: tl.constexpr,  # of these, rows above it; as many columns are left of it
    PACK: tl.constexpr,
    WINDOW: tl.constexpr,  # what is seen of a row, columns times channels
    CHUNK: tl.constexpr,  # of a window, multiplied at once
    OUT: tl.constexpr,
    REST: tl.constexpr,
    BLOCKS: tl.constexpr,
    SPREAD: tl.constexpr,  # blocks are rows of a picture that is BLOCKS times as high
    RELU: tl.constexpr,
    ADD: tl.constexpr,
    TALL: tl.constexpr,
    WIDE: tl.constexpr,
):
    """Convolve what a program's tile of packs sees, for a block of their outputs."""
    tile, block = tl.program_id(0) // BLOCKS, tl.program_id(0) % BLOCKS
    across = tl.cdiv(columns, WIDE)
    place = tl.arange(0, TALL * WIDE)
    y, x = tile // across * TALL + place // WIDE, tile % across * WIDE + place % WIDE
    there = (y < rows) & (x < columns)
    top, left = y * STRIDE - ABOVE, x * (STRIDE * PACK) - ABOVE
    part: tl.constexpr = OUT + REST
    inner, out, rest = tl.arange(0, CHUNK), tl.arange(0, OUT), tl.arange(0, max(REST, 1))
    total = tl.zeros((TALL * WIDE, OUT), tl.float32)
    further = tl.zeros((TALL * WIDE, max(REST, 1)), tl.float32)
    for step in range(EDGE * (WINDOW // CHUNK)):
        row, depth = top + step // (WINDOW // CHUNK), step % (WINDOW // CHUNK) * CHUNK + inner
        seen = _seen(picture, row, left, depth, there, height, width, CHANNELS, ABOVE)
        high, low = _halves(seen, RELU)
        line = taps + (step * CHUNK + inner)[:, None] * (BLOCKS * part) + block * part
        total = _multiplied(high, low, line, out, total)
        if REST > 0:
            further = _multiplied(high, low, line + OUT, rest, further)
    pack = (y * BLOCKS + block) * columns + x if SPREAD else (y * columns + x) * BLOCKS + block
    bias, begin, there = bias + block * part, (pack * part)[:, None], there[:, None]
    _keep(total, bias + out, result, begin + out[None, :], there, ADD)
    if REST > 0:
        _keep(further, bias + OUT + rest, result, begin + OUT + rest[None, :], there, ADD)
