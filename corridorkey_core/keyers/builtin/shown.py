"""What a network is shown: planes of features, a few rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.builtin.features import features
from corridorkey_core.keyers.builtin.network import BLOCK
from corridorkey_core.keyers.chroma.evidence import Evidence


class Shown(Protocol):
    """Planes [1, 16, H, W] whose edges are multiples of `BLOCK`."""

    @property
    def size(self) -> tuple[int, int]:
        """H and W."""

    def rows(self, rows: slice) -> Tensor:
        """Some rows of all planes, float32."""


@dataclass(frozen=True)
class ShownPlanes:
    """`planes` that are there already."""

    planes: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """See `Shown`."""
        return self.planes.shape[-2], self.planes.shape[-1]

    def rows(self, rows: slice) -> Tensor:
        """See `Shown`."""
        return self.planes[:, :, rows]


@dataclass(frozen=True)
class ShownFrame:
    """Planes made of a frame as they are asked for; see `features`. Its last row and column repeat.

    A frame's planes take more memory than all that a key is made of besides.
    """

    plate: Tensor
    hint: Tensor
    found: Evidence
    foreground: Tensor
    gate: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """See `Shown`."""
        height, width = self.plate.shape[-2:]
        return height + -height % BLOCK, width + -width % BLOCK

    def part(self, rows: slice) -> ShownFrame:
        """Of some rows only, as if they were all."""
        plate, hint, foreground, gate = (
            each[:, rows] for each in (self.plate, self.hint, self.foreground, self.gate)
        )
        return ShownFrame(plate, hint, self.found.rows(rows), foreground, gate)

    def rows(self, rows: slice) -> Tensor:
        """See `Shown`."""
        height, width = self.plate.shape[-2:]
        real = self.part(slice(min(rows.start, height - 1), min(rows.stop, height)))
        planes = features(real.plate, real.hint, real.found, real.foreground, real.gate)[None]
        repeated = (0, self.size[1] - width, 0, rows.stop - rows.start - planes.shape[-2])
        return F.pad(planes, repeated, mode="replicate") if any(repeated) else planes
