"""The encoder's first tokens in one step: 7 × 7 patches, their places, and the first norm."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
import triton
import triton.language as tl
from torch import Tensor, nn

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.fused.tokens import layer_norm
from corridorkey_core.keyers.corridorkey.hiera import CHANNELS, PATCH, Hiera
from corridorkey_core.keyers.corridorkey.mask_units import UNIT_LEVELS

_EDGE, _ACROSS = 7, 8  # of a patch, and with one column of zeros
_TOKENS = 64


@dataclass(frozen=True)
class Patches:
    """`taps` [4 channels × 7 rows × 8, 128] and the places' values [tokens, 112], bias included.

    Both are in the order of the mask units; columns from 112 on are zeros.
    """

    taps: Tensor
    places: Tensor
    order: Tensor
    norm: nn.LayerNorm

    @classmethod
    def of(cls, encoder: Hiera, norm: nn.LayerNorm) -> Patches:
        """The same as an encoder's own embedding, and the norm that its first block begins with."""
        layer = encoder.patch_embed.proj
        order = encoder.get_buffer("_into_units")
        # A row of a patch is 8 wide, so that places in it are found by shifts.
        padded = F.pad(layer.weight, (0, _ACROSS - _EDGE))
        taps = F.pad(padded.flatten(1).T, (0, 128 - CHANNELS[0], 0, 256 - padded[0].numel()))
        places = (encoder.pos_embed[0].float() + bias_of(layer).float()).to(layer.weight.dtype)
        return cls(taps.contiguous(), places[order].contiguous(), order, norm)

    def __call__(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """The tokens [1, units, 64, 112] of `inputs` [1, 4, S, S], and their norm."""
        count, width = self.places.shape
        tokens = inputs.new_empty((1, count // 4**UNIT_LEVELS, 4**UNIT_LEVELS, width))
        normed = torch.empty_like(tokens)
        _embed[(programs(count, _TOKENS),)](
            inputs.contiguous(),
            self.taps,
            self.places,
            self.order,
            self.norm.weight,
            self.norm.bias,
            tokens,
            normed,
            count,
            inputs.shape[-1],
            self.norm.eps,
            width,
            PATCH,
            _TOKENS,
            num_warps=4,
        )
        return tokens, normed


@triton.jit
def _embed(
    inputs,
    taps,
    places,
    order,
    weight,
    bias,
    tokens,
    normed,
    count,
    size,
    epsilon,
    WIDTH: tl.constexpr,
    PATCH: tl.constexpr,
    TOKENS: tl.constexpr,
):
    token = tl.program_id(0) * TOKENS + tl.arange(0, TOKENS)
    known = token < count
    raster = tl.load(order + token, mask=known, other=0).to(tl.int32)
    top = raster // (size // PATCH) * PATCH - 3
    left = raster % (size // PATCH) * PATCH - 3
    channel, out = tl.arange(0, 64), tl.arange(0, 128)
    total = tl.zeros((TOKENS, 128), tl.float32)
    for part in tl.static_range(4):
        # 4 channels of 7 rows of 8 columns; what is beyond has taps of 0.
        tap = part * 64 + channel
        row = top[:, None] + (tap // 8 % 7)[None, :]
        column = left[:, None] + (tap % 8)[None, :]
        inside = (row >= 0) & (row < size) & (column >= 0) & (column < size)
        inside = inside & (tap < 4 * 7 * 8)[None, :] & known[:, None]
        place = (tap // 56)[None, :] * size * size + row * size + column
        seen = tl.load(inputs + place, mask=inside, other=0.0)
        total = tl.dot(seen, tl.load(taps + tap[:, None] * 128 + out[None, :]), total)
    there = known[:, None] & (out < WIDTH)[None, :]
    place = token[:, None] * WIDTH + out[None, :]
    total += tl.load(places + place, mask=there, other=0.0).to(tl.float32)
    tl.store(tokens + place, total, mask=there)
    tl.store(normed + place, layer_norm(total, out, weight, bias, epsilon, WIDTH), mask=there)
