"""The whole forward pass, fused: tokens through the encoder, both heads, the refiner."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.fused.convolution import Convolution, convolved
from corridorkey_core.keyers.corridorkey.fused.heads import Heads
from corridorkey_core.keyers.corridorkey.fused.patches import Patches
from corridorkey_core.keyers.corridorkey.fused.refine import (
    corrected,
    normed_,
    normed_and_added_,
    seen_by_refiner,
)
from corridorkey_core.keyers.corridorkey.fused.stem import Stem
from corridorkey_core.keyers.corridorkey.fused.tokens import add_norm, gelu_
from corridorkey_core.keyers.corridorkey.fused.unit_attention import attended_within
from corridorkey_core.keyers.corridorkey.hiera import BLOCKS, Attention, Block, pooled
from corridorkey_core.keyers.corridorkey.network import Network
from corridorkey_core.keyers.corridorkey.refiner import Refiner

Layer = tuple[Convolution, nn.GroupNorm]


class FastNetwork:
    """What a `Network` in half precision computes, of one picture; shares its weights."""

    def __init__(self, network: Network) -> None:
        self._encoder = network.encoder
        self._blocks = cast(list[Block], list(network.encoder.blocks))
        self._patches = Patches.of(network.encoder, self._blocks[0].norm1)
        self._heads = Heads.of(network.alpha, network.foreground)
        self._stem, self._stem_norm = _stem(network.refiner)
        self._layers = _layers(network.refiner)
        final = network.refiner.final
        self._final = (final.weight[:, :, 0, 0].float(), bias_of(final).float())

    def __call__(self, inputs: Tensor, strength: float) -> Tensor:
        """Logits [1, 4, S, S] in float32; see `Network.forward`."""
        size = inputs.shape[-1]
        features = _features(self._blocks, *self._patches(inputs))
        coarse = self._heads(features, self._encoder.raster_orders, size // 4)
        del features
        return self._refined(inputs, coarse, strength)

    def _refined(self, inputs: Tensor, coarse: Tensor, strength: float) -> Tensor:
        size = inputs.shape[-1]
        picture, norm = self._stem(seen_by_refiner(inputs, coarse), self._stem_norm, size)
        normed_(picture, norm)
        for position in range(0, len(self._layers), 2):
            inner, norm = convolved(picture, *self._layers[position], size)
            change, norm = convolved(inner, *self._layers[position + 1], size, before=norm)
            del inner
            if position + 2 < len(self._layers):
                normed_and_added_(picture, change, norm)
                # Three pictures at once are enough.
                del change
        return corrected(picture, change, norm, self._final, coarse, size, strength)


def _features(blocks: list[Block], tokens: Tensor, normed: Tensor) -> list[Tensor]:
    """The tokens that each stage ends with; all within a stage is added in one place."""
    ends = {sum(BLOCKS[: stage + 1]) - 1 for stage in range(len(BLOCKS))}
    features = []
    for index, (block, after) in enumerate(pairwise(blocks)):
        tokens, change = _through(block, tokens, normed)
        normed = add_norm(tokens, change, after.norm1)
        if index in ends:
            features.append(tokens)
    tokens, change = _through(blocks[-1], tokens, normed)
    return [*features, tokens.add_(change)]


def _through(block: Block, tokens: Tensor, normed: Tensor) -> tuple[Tensor, Tensor]:
    """A block's tokens and what is to be added to them; `normed` is their norm."""
    attended = _attended(block.attn, normed)
    kept = pooled(block.proj(normed)) if block.pools else tokens
    hidden = block.mlp.fc1(add_norm(kept, attended, block.norm2))
    return kept, block.mlp.fc2(gelu_(hidden))


def _attended(attention: Attention, normed: Tensor) -> Tensor:
    if not attention.within_units:
        attended: Tensor = attention(normed)
        return attended
    split = attention.qkv(normed)
    mixed: Tensor = attention.proj(attended_within(split, attention.heads, pools=attention.pools))
    return mixed


def _stem(refiner: Refiner) -> tuple[Stem, nn.GroupNorm]:
    convolution, norm = refiner.stem[0], refiner.stem[1]
    if not (isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.GroupNorm)):
        raise TypeError("The refiner's stem is a convolution and a group norm.")
    return Stem.of(convolution), norm


def _layers(refiner: Refiner) -> list[Layer]:
    layers: list[Layer] = []
    for block in refiner.blocks:
        layers.append((Convolution.of(block.conv1), block.gn1))
        layers.append((Convolution.of(block.conv2), block.gn2))
    return layers
