"""Symbols into bits, each at its place in the stream."""

from __future__ import annotations

import triton
import triton.language as tl

from corridorkey_core.deflate.tokens import END, MATCHES, NONE, extra_bits, part_of, tokens

# The order of the lengths of the codes that the lengths of codes are sent in: 16, 17 and 18 are not
# used, all others have four bits.
_FIXED = tl.constexpr(tuple(0 if index < 3 else 4 for index in range(19)))


@triton.jit(do_not_specialize=["length", "capacity", "blocks", "is_whole"])
def pack(
    data,
    raw,
    counts,
    table,
    starts,
    fits,
    streams,
    length,
    capacity,
    blocks,
    is_whole,
    PARTS: tl.constexpr,
    SYMBOLS: tl.constexpr,
    TILE: tl.constexpr,
    WINDOW: tl.constexpr,
):
    """Write each part of each block into its chunk of `streams` [chunks, capacity] int32, all 0.

    `starts` has for each block the places in bits of its beginning and of its parts. A chunk that
    does not fit (`fits` [chunks]) becomes what `raw` [chunks, capacity] has. A chunk's last block
    says that it is the last where `is_whole`.
    """
    block, part = tl.program_id(0) // PARTS, tl.program_id(0) % PARTS
    chunk = block // blocks
    target = streams + chunk.to(tl.int64) * capacity
    if tl.load(fits + chunk) != 0:
        own, begins = table + block * SYMBOLS, starts + block * (1 + PARTS)
        if part == 0:
            is_last = ((block % blocks) == blocks - 1) & (is_whole != 0)
            _begin(own, target, tl.load(begins), is_last, SYMBOLS)
        count = tl.load(counts + block)
        tile, end = part_of(count, part, PARTS, TILE)
        place = tl.load(begins + 1 + part)
        source = data + block.to(tl.int64) * length
        while tile < end:
            place += _pack_tile(source, tile, count, own, target, place, TILE, WINDOW)
            tile += TILE
        if part == PARTS - 1:
            end_code = tl.load(own + END)
            _put(target, place, (end_code & 0xFFFF).to(tl.int64), end_code > 0)
    else:
        turns = blocks * PARTS
        _store_raw(raw + chunk.to(tl.int64) * capacity, target, capacity, turns, TILE)


@triton.jit
def _store_raw(raw, target, capacity, turns, TILE: tl.constexpr):
    """This program's share of a chunk as it was; `turns` programs have one each."""
    share = tl.cdiv(capacity, turns)
    word = tl.program_id(0) % turns * share
    end = tl.minimum(word + share, capacity)
    while word < end:
        there = word + tl.arange(0, TILE)
        tl.store(target + there, tl.load(raw + there, mask=there < end), mask=there < end)
        word += TILE


@triton.jit
def _begin(own, target, place, is_last, SYMBOLS: tl.constexpr):
    """A block's beginning: its kind, and the lengths of its codes, each as four bits."""
    item = tl.arange(0, SYMBOLS)
    # Kind 2, 286 symbols, one distance, nineteen lengths of three bits.
    kind = is_last.to(tl.int32) | (2 << 1) | (29 << 3) | (15 << 13)
    symbol = item - 20
    length = tl.load(own + symbol, mask=(symbol >= 0) & (symbol < 286), other=0) >> 16
    length = tl.where(symbol == 286, 1, length)  # of the one distance
    turned = ((length & 1) << 3) | ((length & 2) << 1) | ((length & 4) >> 1) | (length >> 3)
    fixed = tl.where(item > 3, 4, 0)
    value = tl.where(item == 0, kind, tl.where(item < 20, fixed, turned))
    offset = tl.where(item == 0, 0, tl.where(item < 20, 17 + 3 * (item - 1), 74 + 4 * symbol))
    _put(target, place + offset, value.to(tl.int64), symbol <= 286)


@triton.jit
def _pack_tile(source, tile, count, own, target, place, TILE: tl.constexpr, WINDOW: tl.constexpr):
    """Put a tile's tokens from `place` on, and give how many bits they have."""
    _value, symbol, length = tokens(source, tile, count, TILE, WINDOW)
    is_token = symbol != NONE
    code = tl.load(own + symbol, mask=is_token, other=0)
    bits, value = code >> 16, (code & 0xFFFF).to(tl.int64)
    is_match = is_token & (symbol >= MATCHES)
    extra = extra_bits(length)
    beyond = (length & ((1 << extra) - 1)).to(tl.int64) << bits.to(tl.int64)
    value = tl.where(is_match, value | beyond, value)
    # A match ends with its distance: one bit, and that is 0.
    bits = tl.where(is_match, bits + extra + 1, bits)
    value, bits = _joined(value, bits, TILE // 2)
    value, bits = _joined(value, bits, TILE // 4)
    through = tl.cumsum(bits, 0)
    _put(target, place + through - bits, value, bits > 0)
    return tl.sum(bits)


@triton.jit
def _joined(value, bits, HALF: tl.constexpr):
    """Every two neighbours as one."""
    first, second = tl.split(tl.reshape(value, (HALF, 2)))
    few, more = tl.split(tl.reshape(bits, (HALF, 2)))
    return first | (second << few.to(tl.int64)), few + more


@triton.jit
def _put(target, place, value, is_there):
    """Up to 62 bits of `value` at a `place` in bits; what lies around it stays."""
    word, shift = place >> 5, (place & 31).to(tl.int64)
    low = value << shift
    high = ((value >> 1) >> (63 - shift)).to(tl.int32)
    lower, middle = low.to(tl.int32), (low >> 32).to(tl.int32)
    tl.atomic_or(target + word, lower, mask=is_there & (lower != 0), sem="relaxed")
    tl.atomic_or(target + word + 1, middle, mask=is_there & (middle != 0), sem="relaxed")
    tl.atomic_or(target + word + 2, high, mask=is_there & (high != 0), sem="relaxed")
