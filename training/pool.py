"""Many examples in the device's memory, the oldest replaced by new ones; crops where it matters."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from training.examples import PLANES, Examples

STRIDE = 64  # crops begin at multiples of this, so blocks of codecs and of the network stay whole
_ANYWHERE = 0.03  # how much a crop without any doubt counts
_DOUBTED = 0.3  # the share of doubt from which it counts no more: the key is botched there


class Pool:
    """Up to `places` examples of `size` × `size`, in half precision."""

    def __init__(self, places: int, size: int, crop: int, device: torch.device) -> None:
        self._crop = crop
        kind = torch.float16 if device.type == "cuda" else torch.float32
        self._planes = torch.empty(places, PLANES, size, size, dtype=kind, device=device)
        across = (size - crop) // STRIDE + 1
        self._worth = torch.zeros(places, across, across)
        self._next = 0

    def add(self, examples: Examples) -> None:
        """Put these in the place of the oldest."""
        planes = examples.stacked()
        places = len(self._planes)
        where = (torch.arange(len(planes), device=planes.device) + self._next) % places
        self._planes[where] = planes.to(self._planes.dtype)
        self._worth[where.cpu()] = _worth(examples.planes[:, GATE], self._crop).cpu()
        self._next = (self._next + len(planes)) % places

    def crops(self, count: int, generator: torch.Generator) -> Examples:
        """`count` crops, most where there is doubt, all turned over or not in the same way.

        Rows stay rows: codecs halve chroma across.
        `generator` is the CPU's, so that choosing does not wait for the device.
        """
        chosen = torch.multinomial(
            self._worth.flatten(), count, replacement=True, generator=generator
        ).tolist()
        picked = torch.stack([self._cut(place) for place in chosen]).float()
        way = int(torch.randint(4, (1,), generator=generator))
        return Examples.of(_turned(picked, way))

    def _cut(self, place: int) -> Tensor:
        across = self._worth.shape[-1]
        index, rest = divmod(place, across * across)
        top, left = (STRIDE * each for each in divmod(rest, across))
        return self._planes[index, :, top : top + self._crop, left : left + self._crop]


def _worth(gate: Tensor, crop: int) -> Tensor:
    doubted = F.avg_pool2d(gate, crop, STRIDE)[:, 0]
    return doubted.clamp_max(_DOUBTED) + _ANYWHERE


def _turned(planes: Tensor, way: int) -> Tensor:
    if way & 1:
        planes = planes.flip(-1)
    return planes.flip(-2) if way & 2 else planes
