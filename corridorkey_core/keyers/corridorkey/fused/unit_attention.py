"""Attention within mask units, many small ones in a step.

A unit holds 64 tokens or 16, a quarter of them where queries are pooled. Kernels made for long
rows of tokens leave most of a tile empty there.
"""

from __future__ import annotations

import math

import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs

_ROWS = 64  # tokens that one program works on: one unit or four
_WIDE = 64  # channels of a head, filled up to a power of two


def attended_within(split: Tensor, heads: int, *, pools: bool) -> Tensor:
    """What each token of a unit makes of all the others of its unit, [1, U, n or n / 4, heads × C].

    `split` [1, U, n, 3 × heads × C] are queries, keys and values; `pools` takes the largest of
    every four neighbouring queries. n is at most 64.
    """
    units, tokens, width = split.shape[1:]
    channels = width // (3 * heads)
    kept = tokens // 4 if pools else tokens
    each = _ROWS // tokens
    result = split.new_empty((1, units, kept, heads * channels))
    scale = math.log2(math.e) / math.sqrt(channels)
    _attend[(programs(units, each), heads)](
        split, result, units, scale, tokens, kept, each, heads, channels, _WIDE, num_warps=4
    )
    return result


@triton.jit(do_not_specialize=["units"])
def _attend(
    split,
    result,
    units,
    scale,
    TOKENS: tl.constexpr,
    KEPT: tl.constexpr,
    EACH: tl.constexpr,
    HEADS: tl.constexpr,
    CHANNELS: tl.constexpr,
    WIDE: tl.constexpr,
):
    first, head = tl.program_id(0) * EACH, tl.program_id(1)
    row, channel = tl.arange(0, EACH * TOKENS), tl.arange(0, WIDE)
    there = (first * TOKENS + row < units * TOKENS)[:, None] & (channel < CHANNELS)[None, :]
    place = (first * TOKENS + row)[:, None] * (3 * HEADS * CHANNELS) + channel[None, :]
    place += head * CHANNELS
    query = tl.load(split + place, mask=there, other=0.0)
    key = tl.load(split + place + HEADS * CHANNELS, mask=there, other=0.0)
    value = tl.load(split + place + 2 * HEADS * CHANNELS, mask=there, other=0.0)
    if KEPT < TOKENS:
        fours = tl.reshape(query, (EACH * KEPT, TOKENS // KEPT, WIDE))
        query = tl.max(fours, axis=1).to(key.dtype)
    asking = tl.arange(0, EACH * KEPT)
    score = tl.dot(query, tl.trans(key)) * scale
    # Others' units are not seen; one that is not there sees itself, and is not stored.
    score = tl.where((asking // KEPT)[:, None] == (row // TOKENS)[None, :], score, float("-inf"))
    weight = tl.exp2(score - tl.max(score, axis=1)[:, None])
    total = tl.sum(weight, axis=1)[:, None]
    mixed = tl.dot(weight.to(value.dtype), value) / total
    there = (first * KEPT + asking < units * KEPT)[:, None] & (channel < CHANNELS)[None, :]
    place = (first * KEPT + asking)[:, None] * (HEADS * CHANNELS) + channel[None, :]
    tl.store(result + place + head * CHANNELS, mixed, mask=there)
