"""The kernel of `attention.py`, in Gluon, for Hopper's own matrix instructions.

Two groups of four warps have 64 queries each, and go through all keys and values, which a warp of
its own fetches for both. Each begins the next scores before it weighs the last ones, so that
exponentials and products go on side by side within a group as well as between the two.
Dao and others, FlashAttention, 2022; Shah and others, FlashAttention-3, 2024.
"""

from __future__ import annotations

import math

import triton
from torch import Tensor
from triton.experimental import gluon
from triton.experimental.gluon import language as gl
from triton.experimental.gluon.language.nvidia.hopper import (
    mbarrier,
    tma,
    warpgroup_mma,
    warpgroup_mma_wait,
)
from triton.experimental.gluon.nvidia.hopper import TensorDescriptor

from corridorkey_core.keyers.corridorkey.fused import attention

GROUPS = gl.constexpr(2)
ROWS = gl.constexpr(64)  # queries of a group
KEYS = gl.constexpr(attention.KEYS)
WIDE = gl.constexpr(attention.MOST_CHANNELS)  # what is not there is fetched as zeros
STAGES = gl.constexpr(3)  # blocks of keys and values in shared memory
MATRIX = gl.constexpr(gl.NVMMASharedLayout(128, 16, 2))
SCORES = gl.constexpr(gl.NVMMADistributedLayout([3, 0], [4, 1], [16, attention.KEYS, 16]))
MIXED = gl.constexpr(gl.NVMMADistributedLayout([3, 0], [4, 1], [16, attention.MOST_CHANNELS, 16]))
OF_SCORES = gl.constexpr(gl.SliceLayout(1, SCORES.value))
OF_MIXED = gl.constexpr(gl.SliceLayout(1, MIXED.value))
WEIGHTS = gl.constexpr(gl.DotOperandLayout(0, MIXED.value, 2))


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """See `attention.attended_at_once`."""
    queries, heads, channels = query.shape
    result = query.new_empty((queries, heads, channels))
    scale = math.log2(math.e) / math.sqrt(channels)
    _attend[(triton.cdiv(queries, ROWS.value * GROUPS.value), heads)](
        _described(query, ROWS.value),
        _described(key, KEYS.value),
        _described(value, KEYS.value),
        result,
        queries,
        len(key) // KEYS.value,
        heads,
        scale,
        channels,
        num_warps=4,
    )
    return result


def _described(tokens: Tensor, rows: int) -> TensorDescriptor:
    """Some rows of one head at a time, for the chip's copier; zeros where there are none."""
    layout = gl.NVMMASharedLayout(128, 16, 3)
    block = (rows, 1, WIDE.value)
    return TensorDescriptor(tokens, tuple(tokens.shape), tokens.stride(), block, layout)


@gluon.jit
def _power(exponent):
    """Two to the power of numbers, as the chip has it."""
    return gl.inline_asm_elementwise(
        "ex2.approx.ftz.f32 $0, $1;", "=r,r", [exponent], dtype=gl.float32, is_pure=True, pack=1
    )


@gluon.jit
def _block(memory, index, PIECES: gl.constexpr):
    return memory.index(index)._reinterpret(memory.dtype, [PIECES, WIDE], MATRIX)


@gluon.jit
def _fetch(source, memory, full, empty, stage, phase, head, first):
    mbarrier.wait(empty.index(stage), phase)
    mbarrier.expect(full.index(stage), KEYS * WIDE * 2)
    tma.async_copy_global_to_shared(
        source, [first, head, 0], full.index(stage), memory.index(stage)
    )


@gluon.jit
def _fetch_all(key, value, keys, values, barriers, head, blocks):
    for block in range(blocks):
        stage, phase = block % STAGES, (block // STAGES & 1) ^ 1
        _fetch(key, keys, barriers[0], barriers[1], stage, phase, head, block * KEYS)
        _fetch(value, values, barriers[2], barriers[3], stage, phase, head, block * KEYS)


@gluon.jit
def _score(asking, keys, full, block):
    """Begin the scores of a block of keys."""
    mbarrier.wait(full.index(block % STAGES), block // STAGES & 1)
    key = _block(keys, block % STAGES, KEYS).permute((1, 0))
    empty = gl.zeros([ROWS, KEYS], gl.float32, layout=SCORES)
    return warpgroup_mma(asking, key, empty, use_acc=False, is_async=True)


@gluon.jit
def _weigh(scores, highest, total, scale):
    """Scores as weights, and by how much all before them fades."""
    higher = gl.maximum(highest, gl.max(scores, axis=1) * scale)
    fade = _power(highest - higher)
    weights = _power(scores * scale - higher[:, None])
    return weights, higher, total * fade + gl.sum(weights, axis=1), fade


@gluon.jit
def _mix(weights, fade, mixed, values, full, block):
    """Begin to add the values of a block, by their weights."""
    weights = gl.convert_layout(weights.to(values.dtype), WEIGHTS)
    mixed = mixed * gl.convert_layout(fade, OF_MIXED)[:, None]
    mbarrier.wait(full.index(block % STAGES), block // STAGES & 1)
    value = _block(values, block % STAGES, KEYS)
    return warpgroup_mma(weights, value, mixed, is_async=True), weights


@gluon.jit
def _ask(memory, barriers, result, facts, CHANNELS: gl.constexpr, GROUP: gl.constexpr):
    """What a group's queries make of all keys and values."""
    queries, keys, values = memory
    count, first, head, heads, blocks, scale = facts
    keys_full, keys_empty, values_full, values_empty = barriers
    asking = _block(queries, GROUP, ROWS)
    begun = _score(asking, keys, keys_full, 0)
    scores = warpgroup_mma_wait(0, deps=[begun])
    mbarrier.arrive(keys_empty.index(0), count=1)
    highest = gl.full([ROWS], float("-inf"), gl.float32, layout=OF_SCORES)
    total = gl.zeros([ROWS], gl.float32, layout=OF_SCORES)
    mixed = gl.zeros([ROWS, WIDE], gl.float32, layout=MIXED)
    for block in range(blocks - 1):
        begun = _score(asking, keys, keys_full, block + 1)
        weights, highest, total, fade = _weigh(scores, highest, total, scale)
        adding, weights = _mix(weights, fade, mixed, values, values_full, block)
        # Weights are read until the products are done.
        scores, mixed, weights = warpgroup_mma_wait(0, deps=[begun, adding, weights])
        mbarrier.arrive(keys_empty.index((block + 1) % STAGES), count=1)
        mbarrier.arrive(values_empty.index(block % STAGES), count=1)
    weights, highest, total, fade = _weigh(scores, highest, total, scale)
    adding, weights = _mix(weights, fade, mixed, values, values_full, blocks - 1)
    mixed, weights = warpgroup_mma_wait(0, deps=[adding, weights])

    mixed = mixed / gl.convert_layout(total, OF_MIXED)[:, None]
    row = first + GROUP * ROWS + gl.arange(0, ROWS, layout=OF_MIXED)
    channel = gl.arange(0, WIDE, layout=gl.SliceLayout(0, MIXED))
    place = (row * heads + head)[:, None] * CHANNELS + channel[None, :]
    there = (row < count)[:, None] & (channel < CHANNELS)[None, :]
    gl.store(result + place, mixed.to(queries.dtype), mask=there)


@gluon.jit(do_not_specialize=["count", "blocks", "heads"])
def _attend(query, key, value, result, count, blocks, heads, scale, CHANNELS: gl.constexpr):
    head, first = gl.program_id(1), gl.program_id(0) * ROWS * GROUPS
    queries = gl.allocate_shared_memory(query.dtype, [GROUPS, ROWS, 1, WIDE], query.layout)
    keys = gl.allocate_shared_memory(key.dtype, [STAGES, KEYS, 1, WIDE], key.layout)
    values = gl.allocate_shared_memory(key.dtype, [STAGES, KEYS, 1, WIDE], key.layout)
    asked = gl.allocate_shared_memory(gl.int64, [1], mbarrier.MBarrierLayout())
    keys_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    keys_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    values_full = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    values_empty = gl.allocate_shared_memory(gl.int64, [STAGES, 1], mbarrier.MBarrierLayout())
    mbarrier.init(asked, count=1)
    for stage in gl.static_range(STAGES):
        mbarrier.init(keys_full.index(stage), count=1)
        mbarrier.init(keys_empty.index(stage), count=GROUPS)
        mbarrier.init(values_full.index(stage), count=1)
        mbarrier.init(values_empty.index(stage), count=GROUPS)
    mbarrier.expect(asked, GROUPS * ROWS * WIDE * 2)
    for group in gl.static_range(GROUPS):
        rows = [first + group * ROWS, head, 0]
        tma.async_copy_global_to_shared(query, rows, asked, queries.index(group))
    mbarrier.wait(asked, 0)
    memory, barriers = (queries, keys, values), (keys_full, keys_empty, values_full, values_empty)
    facts = (count, first, head, heads, blocks, scale)
    gl.warp_specialize(
        [
            (_ask, (memory, barriers, result, facts, CHANNELS, 0)),
            (_ask, (memory, barriers, result, facts, CHANNELS, 1)),
            (_fetch_all, (key, value, keys, values, barriers, head, blocks)),
        ],
        [4, 1],
        [232, 24],
    )
