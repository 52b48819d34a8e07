"""Fused steps between the encoder's matrix products: add and layer norm, GELU."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.kernel_grid import programs

_ELEMENTS = 4096  # that one program works on


def add_norm(tokens: Tensor, change: Tensor, norm: nn.LayerNorm) -> Tensor:
    """Add `change` to `tokens`, in their place, and give the layer norm of the sum.

    Both [..., C], contiguous, of one type. The sum is normed before it is rounded.
    """
    channels = tokens.shape[-1]
    width = triton.next_power_of_2(channels)
    rows = max(1, _ELEMENTS // width)
    count = tokens.numel() // channels
    normed = torch.empty_like(tokens)
    _add_norm[(programs(count, rows),)](
        tokens, change, norm.weight, norm.bias, normed, count, norm.eps, channels, width, rows
    )
    return normed


def gelu_(hidden: Tensor) -> Tensor:
    """The exact GELU of a contiguous tensor, in its place."""
    count = hidden.numel()
    _gelu[(programs(count, _ELEMENTS),)](hidden, count, _ELEMENTS)
    return hidden


@triton.jit
def _add_norm(
    tokens,
    change,
    weight,
    bias,
    normed,
    count,
    epsilon,
    CHANNELS: tl.constexpr,
    WIDTH: tl.constexpr,
    ROWS: tl.constexpr,
):
    row = tl.program_id(0) * ROWS + tl.arange(0, ROWS)
    channel = tl.arange(0, WIDTH)
    is_channel = (channel < CHANNELS)[None, :]
    there = (row < count)[:, None] & is_channel
    place = row[:, None] * CHANNELS + channel[None, :]
    total = tl.load(tokens + place, mask=there, other=0.0).to(tl.float32)
    total += tl.load(change + place, mask=there, other=0.0).to(tl.float32)
    tl.store(tokens + place, total, mask=there)
    tl.store(
        normed + place, layer_norm(total, channel, weight, bias, epsilon, CHANNELS), mask=there
    )


@triton.jit
def layer_norm(total, channel, weight, bias, epsilon, CHANNELS: tl.constexpr):
    """The layer norm of rows `total` [rows, channels], which are 0 from CHANNELS on."""
    is_channel = channel < CHANNELS
    mean = tl.sum(total, axis=1)[:, None] / CHANNELS
    off = tl.where(is_channel[None, :], total - mean, 0.0)
    variance = tl.sum(off * off, axis=1)[:, None] / CHANNELS
    scale = tl.load(weight + channel, mask=is_channel, other=0.0).to(tl.float32)
    shift = tl.load(bias + channel, mask=is_channel, other=0.0).to(tl.float32)
    return off / tl.sqrt(variance + epsilon) * scale[None, :] + shift[None, :]


@triton.jit
def _gelu(hidden, count, BLOCK: tl.constexpr):
    place = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(hidden + place, mask=place < count, other=0.0).to(tl.float32)
    result = 0.5 * value * (1.0 + tl.erf(value * 0.7071067811865476))
    tl.store(hidden + place, result, mask=place < count)
