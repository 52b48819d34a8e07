"""What a network is shown: planes of features, some of a picture at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.keyers.builtin.features import GATE, doubt, features
from corridorkey_core.keyers.builtin.network import BLOCK
from corridorkey_core.keyers.builtin.tiles import GRID
from corridorkey_core.keyers.chroma.evidence import Evidence, evidence
from corridorkey_core.keyers.chroma.unmix import unmix

_AT_ONCE = 1024  # pixels of the longer edge up to which a frame is looked at once, and no more


class Shown(Protocol):
    """Planes [1, 16, H, W] whose edges are multiples of `BLOCK`."""

    @property
    def size(self) -> tuple[int, int]:
        """H and W."""

    def planes(self, area: Area) -> Tensor:
        """All planes in an area, float32."""

    def doubted(self, area: Area) -> Area | None:
        """What of an area a network is to be asked of: nothing outside of it is in doubt."""


@dataclass(frozen=True)
class ShownPlanes:
    """`all_planes` that are there already."""

    all_planes: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """See `Shown`."""
        return self.all_planes.shape[-2], self.all_planes.shape[-1]

    def planes(self, area: Area) -> Tensor:
        """See `Shown`."""
        return area.of(self.all_planes)

    def doubted(self, area: Area) -> Area | None:
        """See `Shown`."""
        return _doubted(self.all_planes[0, GATE], area)


@dataclass(frozen=True)
class ShownFrame:
    """Planes made of a frame as they are asked for; see `features`. Its last row and column repeat.

    A frame's planes take more memory than all that a key is made of besides. Their edges are
    multiples of a `grid`.
    """

    plate: Tensor
    hint: Tensor
    found: Evidence
    foreground: Tensor
    gate: Tensor
    grid: int = BLOCK

    @property
    def size(self) -> tuple[int, int]:
        """See `Shown`."""
        height, width = self.plate.shape[-2:]
        return height + -height % self.grid, width + -width % self.grid

    def part(self, area: Area) -> ShownFrame:
        """Of an area only, as if it were all."""
        pictures = (self.plate, self.hint, self.foreground, self.gate)
        plate, hint, foreground, gate = map(area.of, pictures)
        return ShownFrame(plate, hint, self.found.part(area), foreground, gate, self.grid)

    def planes(self, area: Area) -> Tensor:
        """See `Shown`."""
        height, width = self.plate.shape[-2:]
        real = self.part(Area(_real(area.rows, height), _real(area.columns, width)))
        planes = features(real.plate, real.hint, real.found, real.foreground, real.gate)[None]
        below, right = (a - b for a, b in zip(area.size, planes.shape[-2:], strict=True))
        return F.pad(planes, (0, right, 0, below), mode="replicate") if below or right else planes

    def doubted(self, area: Area) -> Area | None:
        """See `Shown`."""
        return _doubted(self.gate, area)


def shown_frame(plate: Tensor, seen: Tensor, hint: Tensor, colour: Tensor | None) -> ShownFrame:
    """A frame beside what colour alone makes of it; arguments and pictures as of `evidence`.

    `seen` is the `plate`, bounded. N frames at once, [C, N, H, W], are answered as each alone.
    """
    found = evidence(seen, hint, colour)
    foreground = unmix(plate, found.behind, found.prior, found.alpha)
    grid = BLOCK * farthest(*plate.shape[-2:])
    return ShownFrame(seen, hint, found, foreground, doubt(found), grid)


def farthest(height: int, width: int) -> int:
    """How many times as small a frame of that size is when it is first looked at: a power of 2."""
    times = 1
    while max(height, width) > times * _AT_ONCE:
        times *= 2
    return times


def _doubted(gate: Tensor, area: Area) -> Area | None:
    """What of an area a `gate` [1, H, W] is open in.

    Devices are asked of all of it: to look would be to wait for them.
    """
    if gate.device.type != "cpu":
        return area
    doubt = area.of(gate[0]) > 0.0
    rows, columns = _extent(doubt.any(dim=1)), _extent(doubt.any(dim=0))
    if rows is None or columns is None:
        return None
    return Area(rows, columns).placed_in(area).aligned(GRID, area)


def _real(part: slice, length: int) -> slice:
    """What of a part is there; its last row or column where nothing is."""
    return slice(min(part.start, length - 1), min(part.stop, length))


def _extent(doubted: Tensor) -> slice | None:
    """From the first to the last that is doubted, [N] bool."""
    places = doubted.nonzero()
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else None
