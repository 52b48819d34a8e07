"""The bias of a layer, which torch's types say may be missing."""

from __future__ import annotations

from torch import Tensor, nn


def bias_of(layer: nn.Conv2d) -> Tensor:
    """A convolution's bias [C]; raises `TypeError` where it has none: all of this network's do."""
    if layer.bias is None:
        raise TypeError(f"{layer} has no bias; each convolution of the network has one.")
    return layer.bias
