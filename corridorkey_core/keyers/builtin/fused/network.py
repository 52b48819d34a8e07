"""All layers in their order: the same function as the plain network's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.builtin.fused import launches
from corridorkey_core.keyers.builtin.fused.around import add_enlarged_, side_by_side
from corridorkey_core.keyers.builtin.fused.launches import Launch
from corridorkey_core.keyers.builtin.fused.layer import Convolution
from corridorkey_core.keyers.builtin.network import KeyNetwork, Pair
from corridorkey_core.keyers.builtin.shown import Shown
from corridorkey_core.keyers.corridorkey.bias import bias_of

Pairs = list[tuple[Convolution, Convolution]]


class FusedNetwork:
    """A `KeyNetwork` of weights that are half floats; raises `ValueError` where they are not.

    It takes no more memory than the plain form: pairs add in place, and what is read no more is
    given back.
    """

    def __init__(self, network: KeyNetwork) -> None:
        self._stem = _stem(network.stem)
        self._encode = [_pairs(each) for each in network.encode]
        self._shrink = [Convolution.of(*each) for each in _by_width(network.shrink, inward=True)]
        self._grow = [Convolution.of(*each) for each in _by_width(network.grow, inward=False)]
        self._decode = [_pairs(each) for each in network.decode]
        self._finer = _finer(network.finer)
        self._detail = Convolution.of(network.detail, launches.DETAIL)
        self._tail = _pairs(network.tail)
        self._answer = Convolution.of(network.answer, launches.ANSWER)

    def __call__(self, shown: Shown) -> Tensor:
        """Corrections [1, 4, H, W] of planes [1, 16, H, W], both float32; see `KeyNetwork`."""
        picture = side_by_side(shown.rows(slice(0, shown.size[0])))
        values = self._context(self._stem(picture))
        finest = self._finer(values, into=self._detail(picture))
        del picture, values
        _added(finest, self._tail)
        answer = self._answer(finest, relu=True)
        return answer.permute(2, 0, 1)[None].contiguous()

    def _context(self, values: Tensor) -> Tensor:
        kept = []
        for encode, shrink in zip(self._encode, self._shrink, strict=False):
            kept.append(_added(values, encode))
            values = shrink(values)
        _added(values, self._encode[-1])
        for grow, decode in zip(reversed(self._grow), reversed(self._decode), strict=True):
            values = _added(add_enlarged_(kept.pop(), grow(values)), decode)
        return values


def _added(values: Tensor, pairs: Pairs) -> Tensor:
    """What pairs make of a picture, in its place."""
    for first, second in pairs:
        second(first(values, relu=True), relu=True, into=values)
    return values


def _pairs(level: nn.Module) -> Pairs:
    return [_pair(each) for each in level.children() if isinstance(each, Pair)]


def _pair(pair: Pair) -> tuple[Convolution, Convolution]:
    launch = launches.PAIRS[pair.first.in_channels]
    return Convolution.of(pair.first, launch), Convolution.of(pair.second, launch)


def _by_width(layers: Iterable[nn.Module], inward: bool) -> Iterator[tuple[nn.Conv2d, Launch]]:
    for layer in layers:
        if not isinstance(layer, nn.Conv2d):
            raise TypeError("What goes to another size is a convolution.")
        if inward:
            yield layer, launches.SHRINK[layer.in_channels]
        else:
            yield layer, launches.GROW[layer.out_channels]


def _stem(layer: nn.Conv2d) -> Convolution:
    """Of 2 × 2 pixels side by side, each 16 channels: it is one of 6 × 6, by a stride of 2."""
    return Convolution.made(F.pixel_shuffle(layer.weight, 2), bias_of(layer), 2, 2, launches.STEM)


def _finer(layer: nn.Conv2d) -> Convolution:
    """Its outputs in the order of pixels of twice the size in memory, a row after another."""
    order = torch.arange(layer.out_channels).view(-1, 2, 2).permute(1, 2, 0).flatten()
    return Convolution.made(
        layer.weight[order], bias_of(layer)[order], 1, 0, launches.FINER, spread=True
    )
