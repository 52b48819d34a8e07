"""How often each symbol comes in a part of a block, and what Adler's checksum needs of it."""

from __future__ import annotations

import triton
import triton.language as tl

from corridorkey_core.deflate.tokens import part_of, tokens


@triton.jit(do_not_specialize=["length"])
def measure(
    data,
    counts,
    histograms,
    sums,
    length,
    PARTS: tl.constexpr,
    SYMBOLS: tl.constexpr,
    TILE: tl.constexpr,
    WINDOW: tl.constexpr,
):
    """Of each part of each block: `histograms` [blocks, PARTS, SYMBOLS] int32, and `sums`
    [blocks, PARTS, 2] int64 of its bytes and of its bytes times their places in the block.

    `data` [blocks, length] uint8, of which `counts` [blocks] are there.
    """
    block, part = tl.program_id(0) // PARTS, tl.program_id(0) % PARTS
    count = tl.load(counts + block)
    begin, end = part_of(count, part, PARTS, TILE)
    source = data + block.to(tl.int64) * length
    found = tl.zeros((SYMBOLS,), tl.int32)
    plain, placed = tl.sum(found).to(tl.int64), tl.sum(found).to(tl.int64)
    first = begin
    while first < end:
        value, symbol, _length = tokens(source, first, count, TILE, WINDOW)
        found += tl.histogram(symbol, SYMBOLS)
        total = tl.sum(value).to(tl.int64)
        plain += total
        placed += first * total + tl.sum(value * tl.arange(0, TILE)).to(tl.int64)
        first += TILE
    tl.store(histograms + tl.program_id(0) * SYMBOLS + tl.arange(0, SYMBOLS), found)
    tl.store(sums + tl.program_id(0) * 2, plain)
    tl.store(sums + tl.program_id(0) * 2 + 1, placed)
