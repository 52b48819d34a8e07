"""All weights of a network in one vector, so that one operation clips, averages or moves them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FlatWeights:
    """The weights of a `network`, whose parameters become views of `values`.

    `values` is a vector of the network's device and kind of number, and its `.grad` another.
    """

    def __init__(self, network: nn.Module) -> None:
        self._parameters = list(network.parameters())
        flat = torch.cat([_laid_flat(each.detach()) for each in self._parameters])
        self.values = nn.Parameter(flat)
        self.gradient = torch.zeros_like(flat)
        self.values.grad = self.gradient
        for each, own in zip(self._parameters, self._views(self.values.detach()), strict=True):
            each.data = own

    def differentiate(self, loss: Tensor) -> None:
        """Put the gradient of a scalar `loss` in the place of the one before."""
        gradients = torch.autograd.grad(loss, self._parameters)
        torch._foreach_copy_(self._views(self.gradient), list(gradients))

    def _views(self, flat: Tensor) -> list[Tensor]:
        sizes = [each.numel() for each in self._parameters]
        parts = torch.split(flat, sizes)
        return [_shaped(part, like) for part, like in zip(parts, self._parameters, strict=True)]


def _laid_flat(weight: Tensor) -> Tensor:
    """A weight's values in the order they lie in memory: of kernels, the channels come last."""
    return (weight.permute(0, 2, 3, 1) if weight.dim() == 4 else weight).reshape(-1)


def _shaped(values: Tensor, like: Tensor) -> Tensor:
    if like.dim() != 4:
        return values.view(like.shape)
    first, second, height, width = like.shape
    return values.view(first, height, width, second).permute(0, 3, 1, 2)
