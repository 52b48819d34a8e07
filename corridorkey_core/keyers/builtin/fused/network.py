"""All layers in their order: the same function as the plain network's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.builtin.fused import launches
from corridorkey_core.keyers.builtin.fused.around import plus_enlarged, side_by_side
from corridorkey_core.keyers.builtin.fused.launches import Launch
from corridorkey_core.keyers.builtin.fused.layer import Convolution
from corridorkey_core.keyers.builtin.network import KeyNetwork, Pair
from corridorkey_core.keyers.corridorkey.bias import bias_of

Pairs = list[tuple[Convolution, Convolution]]


class FusedNetwork:
    """A `KeyNetwork` of weights that are half floats; raises `ValueError` where they are not.

    It is `Staged`: what its stages hand on are views of pictures [H, W, C]. It takes no more memory
    than the plain form: pairs add in place, and what is read no more is given back.
    """

    def __init__(self, network: KeyNetwork) -> None:
        self.device = network.device
        self._stem = _stem(network.stem)
        self._afar = _afar(network.afar)
        self._encode = [_pairs(each) for each in network.encode]
        self._shrink = [Convolution.of(*each) for each in _by_width(network.shrink, inward=True)]
        self._grow = [Convolution.of(*each) for each in _by_width(network.grow, inward=False)]
        self._decode = [_pairs(each) for each in network.decode]
        self._finer = _finer(network.finer)
        self._detail = Convolution.of(network.detail, launches.DETAIL)
        self._tail = _pairs(network.tail)
        self._answer = Convolution.of(network.answer, launches.ANSWER)

    def near(self, planes: Tensor, afar: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """See `Staged`."""
        halved = self._stem(side_by_side(planes))
        if afar is not None:
            self._afar(_picture(afar), into=halved)
        kept = _added(halved, self._encode[0])
        return _channels_first(kept), _channels_first(self._shrink[0](kept))

    def far(self, values: Tensor) -> Tensor:
        """See `Staged`."""
        picture, kept = _picture(values), []
        for encode, shrink in zip(self._encode[1:-1], self._shrink[1:], strict=True):
            kept.append(_added(picture, encode))
            picture = shrink(picture)
        _added(picture, self._encode[-1])
        for level in reversed(range(1, len(self._grow))):
            picture = self._wider(level, kept.pop(), picture)
        return _channels_first(picture)

    def finished(self, planes: Tensor, kept: Tensor, values: Tensor) -> Tensor:
        """See `Staged`."""
        finest = self._detail(side_by_side(planes))
        self._finer(self._wider(0, _picture(kept), _picture(values)), into=finest)
        return _channels_first(self._answer(_added(finest, self._tail), relu=True))

    def _wider(self, level: int, kept: Tensor, coarse: Tensor) -> Tensor:
        """A new picture, of what was `kept` at a level and the `coarse` one of the level below."""
        return _added(plus_enlarged(kept, self._grow[level](coarse)), self._decode[level])


def _picture(values: Tensor) -> Tensor:
    """[1, C, H, W] as [H, W, C], side by side; a view where channels are last in memory."""
    return values[0].permute(1, 2, 0).contiguous()


def _channels_first(picture: Tensor) -> Tensor:
    """A view of [H, W, C] as [1, C, H, W]."""
    return picture.permute(2, 0, 1)[None]


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


def _afar(layer: nn.Conv2d) -> Convolution:
    """It has no bias: nothing said is nothing added."""
    weight = layer.weight
    return Convolution.made(weight, weight.new_zeros(len(weight)), 1, 1, launches.AFAR)


def _finer(layer: nn.Conv2d) -> Convolution:
    """Its outputs in the order of pixels of twice the size in memory, a row after another."""
    order = torch.arange(layer.out_channels).view(-1, 2, 2).permute(1, 2, 0).flatten()
    return Convolution.made(
        layer.weight[order], bias_of(layer)[order], 1, 0, launches.FINER, spread=True
    )
