"""Bytes as deflate's symbols: literals, and runs of the byte before them.

A run lies within a window, so that windows know nothing of each other; a match is shorter than one.
"""

from __future__ import annotations

import triton
import triton.language as tl

WINDOW = 256  # bytes; a match has at most 255
TILE = 2048  # bytes that are worked on at once
PARTS = 4  # of a block, worked on side by side
SYMBOLS = 512  # room for 286
NONE = tl.constexpr(511)  # the symbol of a byte that a match before it covers
END = tl.constexpr(256)
MATCHES = tl.constexpr(257)  # the first symbol that is a match's length


@triton.jit
def _larger(a, b):
    return tl.maximum(a, b)


@triton.jit
def _smaller(a, b):
    return tl.minimum(a, b)


@triton.jit
def part_of(count, part, PARTS: tl.constexpr, TILE: tl.constexpr):
    """Where a part of a block of `count` bytes begins and ends: whole tiles, but for the last."""
    span = tl.cdiv(tl.cdiv(count, PARTS), TILE) * TILE
    return tl.minimum(part * span, count), tl.minimum((part + 1) * span, count)


@triton.jit
def tokens(data, first, count, TILE: tl.constexpr, WINDOW: tl.constexpr):
    """Value, symbol and length of each byte of a tile of `data`, [TILE] int32.

    The length is that of a match less the 3 that the shortest has, and means nothing elsewhere.
    """
    place = first + tl.arange(0, TILE)
    there = place < count
    value = tl.load(data + place, mask=there, other=0).to(tl.int32)
    before = tl.load(data + place - 1, mask=there & (place > 0), other=0).to(tl.int32)
    after = tl.load(data + place + 1, mask=place + 1 < count, other=0).to(tl.int32)
    inside = tl.arange(0, TILE) % WINDOW
    begins = (value != before) | (inside == 0)
    ends = (value != after) | (inside == WINDOW - 1) | (place + 1 >= count)
    shape: tl.constexpr = (TILE // WINDOW, WINDOW)
    opened = tl.reshape(tl.where(begins, inside, 0), shape)
    closed = tl.reshape(tl.where(ends, inside, WINDOW - 1), shape)
    begin = tl.reshape(tl.associative_scan(opened, 1, _larger), (TILE,))
    end = tl.reshape(tl.associative_scan(closed, 1, _smaller, reverse=True), (TILE,))
    run, along = end - begin + 1, inside - begin
    is_literal = (along == 0) | (run <= 3)
    length = run - 4
    symbol = tl.where(is_literal, value, tl.where(along == 1, _length_symbol(length), NONE))
    return value, tl.where(there, symbol, NONE), length


@triton.jit
def extra_bits(length):
    """How many bits of a match's length, less 3, follow its symbol."""
    longer = (length >= 8).to(tl.int32) + (length >= 16).to(tl.int32)
    longer += (length >= 32).to(tl.int32) + (length >= 64).to(tl.int32)
    return longer + (length >= 128).to(tl.int32)


@triton.jit
def _length_symbol(length):
    extra = extra_bits(length)
    return MATCHES + tl.where(extra > 0, 4 * extra + 4 + ((length >> extra) & 3), length)
