"""The network: a U of plain convolutions, and a tail at the plate's own resolution.

No norms and no pooling of the whole picture, so that a pixel depends on its surroundings alone.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.builtin.features import CHANNELS

OUTPUTS = 4  # alpha's correction, then red's, green's and blue's
BLOCK = 16  # a picture's edges are multiples of this
REACH = 340  # pixels around one that it depends on, at most

WIDTHS = (32, 48, 96, 160)  # at a half, a quarter, an eighth and a sixteenth of the size
_DOWN = (2, 2, 3, 5)  # residual pairs at each of them, on the way down
_UP = (3, 2, 3)  # and on the way up, the largest size first
_TAIL = 16


class Pair(nn.Module):
    """Two convolutions, added to what they were given, in its place; untrained they add nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        _silence(self.second)

    def forward(self, values: Tensor) -> Tensor:
        """[N, width, H, W] to the same."""
        inner = self.first(F.relu(values))
        added: Tensor = self.second(F.relu(inner, inplace=True))
        return values.add_(added)


class KeyNetwork(nn.Module):
    """From features [N, 16, H, W] to corrections [N, 4, H, W]; edges are multiples of `BLOCK`.

    Untrained, all corrections are 0.
    """

    def __init__(self) -> None:
        super().__init__()
        deeper = list(pairwise(WIDTHS))
        self.stem = nn.Conv2d(4 * CHANNELS, WIDTHS[0], 3, padding=1)
        self.afar = nn.Conv2d(OUTPUTS, WIDTHS[0], 3, padding=1, bias=False)
        self.encode = nn.ModuleList(map(_pairs, WIDTHS, _DOWN))
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in deeper)
        self.grow = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in deeper)
        self.decode = nn.ModuleList(map(_pairs, WIDTHS, _UP))
        self.finer = nn.Conv2d(WIDTHS[0], 4 * _TAIL, 1)
        self.detail = nn.Conv2d(CHANNELS, _TAIL, 3, padding=1)
        self.tail = _pairs(_TAIL, 2)
        self.answer = nn.Conv2d(_TAIL, OUTPUTS, 3, padding=1)
        _silence(self.afar)
        _silence(self.answer)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.stem.weight.device

    def forward(self, planes: Tensor, afar: Tensor | None = None) -> Tensor:
        """See the class; `afar` as of `near`."""
        kept, values = self.near(planes, afar)
        return self.finished(planes, kept, self.far(values))

    def near(self, planes: Tensor, afar: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """What is seen at half the size [N, 32, H / 2, W / 2], and that at a quarter, 48 wide.

        `afar` [N, 4, H / 2, W / 2] is what was said of the picture at half its size; None is as 0.
        """
        halved = self.stem(F.pixel_unshuffle(planes, 2))
        if afar is not None:
            halved = halved + self.afar(afar)
        kept = self.encode[0](halved.contiguous(memory_format=torch.channels_last))
        return kept, self.shrink[0](kept)

    def far(self, values: Tensor) -> Tensor:
        """What is seen around at a quarter of the size and below, [N, 48, H / 4, W / 4]."""
        kept = []
        for encode, shrink in zip(self.encode[1:-1], self.shrink[1:], strict=True):
            values = encode(values)
            kept.append(values)
            values = shrink(values)
        values = self.encode[-1](values)
        for level in reversed(range(1, len(self.grow))):
            values = self.decode[level](self._grown(level, values) + kept.pop())
        return values

    def finished(self, planes: Tensor, kept: Tensor, values: Tensor) -> Tensor:
        """The corrections, from the `planes`, what is `near` and what is `far` of it."""
        # Few channels are quickest plane by plane, more of them side by side.
        finest = self.detail(planes).contiguous(memory_format=torch.channels_last)
        finest.add_(_spread(self.finer(self.decode[0](self._grown(0, values) + kept))))
        answer: Tensor = self.answer(F.relu(self.tail(finest)).contiguous())
        return answer

    def _grown(self, level: int, values: Tensor) -> Tensor:
        return F.interpolate(self.grow[level](values), scale_factor=2.0, mode="bilinear")


class Networks(NamedTuple):
    """Two of one shape: one looks at a frame `first`, one `nearer`, told what was said."""

    first: KeyNetwork
    nearer: KeyNetwork


def laid_out(network: KeyNetwork, device: torch.device) -> KeyNetwork:
    """The network on a device, its weights as they are read the quickest."""
    moved = network.to(device)
    for parameter in moved.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return moved


def _spread(values: Tensor) -> Tensor:
    """Channels [N, 4 C, H, W] as pixels [N, C, 2 H, 2 W], as `F.pixel_shuffle`, channels last."""
    count, channels, height, width = values.shape
    blocks = values.permute(0, 2, 3, 1).reshape(count, height, width, channels // 4, 2, 2)
    pixels = blocks.permute(0, 1, 4, 2, 5, 3).reshape(count, 2 * height, 2 * width, channels // 4)
    return pixels.permute(0, 3, 1, 2)


def _silence(layer: nn.Conv2d) -> None:
    """Let a layer say nothing until it is trained."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)


def _pairs(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Pair(width) for _ in range(count)))
