"""A complete prefix code for each block, near the shortest there is.

Lengths begin as the entropy's, rounded up. What that leaves of Kraft's sum is spent bit by bit on
the symbol that gains the most for it, until the sum is exactly 1, as deflate demands.
"""

from __future__ import annotations

import triton
import triton.language as tl

from corridorkey_core.deflate.tokens import END, MATCHES

LONGEST = tl.constexpr(14)  # bits: four tokens, one of them a match, fit 64 bits
WHOLE = tl.constexpr(1 << 14)  # Kraft's sum in parts of the smallest share
BEGINNING = 1222  # bits of a block before its first symbol


@triton.jit
def assign(histograms, table, bits, PARTS: tl.constexpr, SYMBOLS: tl.constexpr):
    """Of each block: `table` [blocks, SYMBOLS] int32, the code in its lower half, as it is sent,
    and its length in the upper; `bits` [blocks, 1 + PARTS] int32 of each part after the beginning.
    """
    block = tl.program_id(0)
    symbol = tl.arange(0, SYMBOLS)
    parts = histograms + block * PARTS * SYMBOLS + symbol
    # A code has at least two symbols, even of nothing.
    count = ((symbol == END) | (symbol == 0)).to(tl.int32)
    for part in range(PARTS):
        count += tl.load(parts + part * SYMBOLS)
    count = tl.where(symbol < 286, count, 0)
    length = _lengths(symbol, count)
    tl.store(table + block * SYMBOLS + symbol, _sent(length) | (length << 16))
    above = symbol - MATCHES
    extra = tl.where(above >= 8, (above - 4) // 4, 0)
    cost = length + tl.where(above >= 0, extra + 1, 0)
    cost = tl.where(symbol < 286, cost, 0)
    for part in range(PARTS):
        taken = tl.sum(tl.load(parts + part * SYMBOLS) * cost)
        if part == PARTS - 1:
            taken += tl.sum(tl.where(symbol == END, length, 0))
        tl.store(bits + block * (1 + PARTS) + 1 + part, taken)


@triton.jit
def _lengths(symbol, count):
    used = count > 0
    share = tl.where(used, count, 1).to(tl.float32) / tl.sum(count).to(tl.float32)
    length = tl.minimum(tl.maximum(tl.ceil(-tl.log2(share)), 1.0), LONGEST).to(tl.int32)
    length = tl.where(used, length, 0)
    unit = tl.where(used, WHOLE >> length, 0)
    spare = WHOLE - tl.sum(unit)
    while spare < 0:
        can = used & (length < LONGEST)
        chosen = _best(symbol, can, unit.to(tl.float32) / tl.maximum(count, 1).to(tl.float32))
        spare += tl.sum(tl.where(chosen, unit // 2, 0))
        length = tl.where(chosen, length + 1, length)
        unit = tl.where(chosen, unit // 2, unit)
    while spare > 0:
        can = (length > 1) & (unit <= spare)
        chosen = _best(symbol, can, count.to(tl.float32) / tl.maximum(unit, 1).to(tl.float32))
        spare -= tl.sum(tl.where(chosen, unit, 0))
        length = tl.where(chosen, length - 1, length)
        unit = tl.where(chosen, unit * 2, unit)
    return length


@triton.jit
def _best(symbol, can, gain):
    return symbol == tl.argmax(tl.where(can, gain, -1.0), 0)


@triton.jit
def _sent(length):
    """Canonical codes, first bit lowest (RFC 1951, 3.2.2)."""
    code, following = tl.zeros_like(length), tl.sum(length) * 0
    for size in tl.static_range(1, 15):
        mine = length == size
        rank = tl.cumsum(mine.to(tl.int32), 0) - 1
        code = tl.where(mine, following + rank, code)
        following = (following + tl.sum(mine.to(tl.int32))) * 2
    sent = tl.zeros_like(length)
    for bit in tl.static_range(14):
        sent |= ((code >> bit) & 1) << (13 - bit)
    return sent >> (LONGEST - length)
