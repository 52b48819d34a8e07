"""The encoder: Hiera Base Plus, giving its four scales of features.

Ryali et al., Hiera: A Hierarchical Vision Transformer without the Bells-and-Whistles, 2023.
Parameter names are those of the published checkpoint. Tokens are [B, units, tokens, C] in the
order of `mask_units`; a unit holds 64 tokens, then 16, 4 and 1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.mask_units import UNIT_LEVELS, raster_order, unit_order

PATCH = 4  # pixels from one token to the next
CHANNELS = (112, 224, 448, 896)
HEADS = (2, 4, 8, 16)
BLOCKS = (2, 3, 16, 3)
# The first block of a stage still attends as the stage before it did.
WITHIN_UNITS = (True, True, False, False)
_NORM_EPSILON = 1e-6


class Attention(nn.Module):
    """Multi-head attention within each mask unit, or among all tokens."""

    def __init__(
        self, channels: int, out: int, heads: int, *, pools: bool, within_units: bool
    ) -> None:
        super().__init__()
        self.heads, self.pools, self.within_units = heads, pools, within_units
        self.qkv = nn.Linear(channels, 3 * out)
        self.proj = nn.Linear(out, out)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, U, n, channels] to [B, U, n or n / 4, out]."""
        batch, units = tokens.shape[:2]
        groups = tokens.flatten(0, 1) if self.within_units else tokens.flatten(1, 2)
        split = self.qkv(groups).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        if self.pools:
            query = pooled(query)
        mixed = F.scaled_dot_product_attention(query, key, value)
        joined: Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return joined.view(batch, units, -1, joined.shape[-1])


class Mlp(nn.Module):
    """Two layers with a GELU between them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, 4 * channels)
        self.fc2 = nn.Linear(4 * channels, channels)

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., channels] to the same shape."""
        out: Tensor = self.fc2(F.gelu(self.fc1(tokens)))
        return out


class Block(nn.Module):
    """One transformer block; the first of a later stage pools four tokens and widens them."""

    def __init__(self, channels: int, out: int, heads: int, *, within_units: bool) -> None:
        super().__init__()
        self.pools = channels != out
        self.norm1 = nn.LayerNorm(channels, eps=_NORM_EPSILON)
        if self.pools:
            self.proj = nn.Linear(channels, out)
        self.attn = Attention(channels, out, heads, pools=self.pools, within_units=within_units)
        self.norm2 = nn.LayerNorm(out, eps=_NORM_EPSILON)
        self.mlp = Mlp(out)

    def forward(self, tokens: Tensor) -> Tensor:
        """[B, U, n, channels] to [B, U, n or n / 4, out]."""
        normed = self.norm1(tokens)
        kept = pooled(self.proj(normed)) if self.pools else tokens
        kept = kept + self.attn(normed)
        widened: Tensor = kept + self.mlp(self.norm2(kept))
        return widened


class PatchEmbedding(nn.Module):
    """Overlapping 7 × 7 patches of the picture and its hint, one every four pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Conv2d(4, CHANNELS[0], 7, stride=PATCH, padding=3)

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, 4, S, S] to raster tokens [B, (S / 4)², 112]."""
        patches: Tensor = self.proj(inputs)
        return patches.flatten(2).transpose(1, 2)


class Hiera(nn.Module):
    """Hiera Base Plus for pictures of `size` × `size` pixels, a multiple of 32."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._edge = size // PATCH
        self.pos_embed = nn.Parameter(torch.zeros(1, self._edge**2, CHANNELS[0]))
        self.patch_embed = PatchEmbedding()
        self.blocks = nn.ModuleList(_blocks())
        self.register_buffer(
            "_into_units", unit_order(self._edge, self._edge, UNIT_LEVELS), persistent=False
        )
        for stage in range(UNIT_LEVELS + 1):
            edge = self._edge >> stage
            order = raster_order(edge, edge, UNIT_LEVELS - stage)
            self.register_buffer(f"_into_raster{stage}", order, persistent=False)

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Features [B, C, H, W], channels last in memory, at 1/4, 1/8, 1/16 and 1/32.

        `inputs` [B, 4, S, S]: ImageNet-normalised sRGB and the hint in 0..1.
        """
        tokens = self.embedded(inputs)
        features, block = [], iter(self.blocks)
        for stage, count in enumerate(BLOCKS):
            for _ in range(count):
                tokens = next(block)(tokens)
            features.append(self._picture(tokens, stage))
        return features

    def embedded(self, inputs: Tensor) -> Tensor:
        """The tokens [B, units, 64, 112] that the first block is given."""
        raster = self.patch_embed(inputs) + self.pos_embed
        tokens = raster[:, self.get_buffer("_into_units")]
        return torch.unflatten(tokens, 1, (-1, 4**UNIT_LEVELS))

    @property
    def raster_orders(self) -> tuple[Tensor, ...]:
        """For each scale, fine to coarse, where each token of the raster is among the units."""
        return tuple(self.get_buffer(f"_into_raster{stage}") for stage in range(UNIT_LEVELS + 1))

    def _picture(self, tokens: Tensor, stage: int) -> Tensor:
        edge = self._edge >> stage
        raster = tokens.flatten(1, 2)[:, self.get_buffer(f"_into_raster{stage}")]
        return torch.unflatten(raster, 1, (edge, edge)).permute(0, 3, 1, 2)


def pooled(tokens: Tensor) -> Tensor:
    """The largest of every four neighbouring tokens: [..., n, C] to [..., n / 4, C]."""
    return torch.unflatten(tokens, -2, (-1, 4)).amax(-2)


def _blocks() -> list[Block]:
    blocks, width, within = [], CHANNELS[0], WITHIN_UNITS[0]
    for stage, count in enumerate(BLOCKS):
        for _ in range(count):
            blocks.append(Block(width, CHANNELS[stage], HEADS[stage], within_units=within))
            width, within = CHANNELS[stage], WITHIN_UNITS[stage]
    return blocks
