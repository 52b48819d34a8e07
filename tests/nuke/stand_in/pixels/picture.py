"""A picture as Nuke has it: a format, a box of pixels that may be smaller or larger, channels.

Rows are kept from the top, as files have them; `y` counts from the bottom, as Nuke does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.nuke.stand_in.formats import Format

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Box:
    """x and y are within, r and t are not."""

    x: int
    y: int
    r: int
    t: int

    @property
    def shape(self) -> tuple[int, int]:
        """Its height and width."""
        return max(0, self.t - self.y), max(0, self.r - self.x)

    def grown(self, by: int) -> Box:
        """Larger by so many pixels on each side."""
        return Box(self.x - by, self.y - by, self.r + by, self.t + by)

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.x, other.x), min(self.y, other.y), max(self.r, other.r), max(self.t, other.t)
        )

    def intersection(self, other: Box) -> Box:
        """What is in both; one pixel where nothing is."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return Box(x, y, max(x + 1, min(self.r, other.r)), max(y + 1, min(self.t, other.t)))


@dataclass(frozen=True)
class Picture:
    """A picture; a channel that it has not is 0 everywhere.

    `has_black_ring`: its box's outermost pixels are there only to be black, and so is all beyond.
    """

    format: Format
    box: Box
    channels: Mapping[str, Plane]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    has_black_ring: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The channels it has."""
        return tuple(self.channels)

    def plane(self, channel: str) -> Plane:
        """One channel over the whole box."""
        found = self.channels.get(channel)
        return np.zeros(self.box.shape, np.float32) if found is None else found

    def over(self, channel: str, box: Box, edge: str = "black") -> Plane:
        """One channel over another box; beyond its own it is black, or its `edge` repeated."""
        plane = self.plane(channel)
        if box == self.box:
            return plane
        rows = self.box.t - 1 - np.arange(box.t - 1, box.y - 1, -1)
        columns = np.arange(box.x, box.r) - self.box.x
        height, width = self.box.shape
        found = plane[np.clip(rows, 0, height - 1)][:, np.clip(columns, 0, width - 1)]
        if edge == "repeat":
            return found
        inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
        return np.where(inside, found, np.float32(0.0))

    def at(self, channel: str, x: int, y: int) -> float:
        """One value; 0 outside of the box."""
        return float(self.over(channel, Box(x, y, x + 1, y + 1))[0, 0])

    def on(self, box: Box) -> Picture:
        """The same, over another box, black beyond its own."""
        planes = {name: self.over(name, box) for name in self.names}
        keeps = self.has_black_ring and box == self.box
        return replace(self, box=box, channels=planes, has_black_ring=keeps)

    def ringed(self) -> Picture:
        """The same with a black pixel around it."""
        return replace(self.on(self.box.grown(1)), has_black_ring=True)

    def without_ring(self) -> Picture:
        """The same without it, if it has one."""
        return self.on(self.box.grown(-1)) if self.has_black_ring else self

    def with_channels(self, changed: Mapping[str, Plane]) -> Picture:
        """The same with some channels replaced or added, over the same box."""
        planes = dict(self.channels)
        for name, plane in changed.items():
            planes[name] = np.broadcast_to(np.asarray(plane, np.float32), self.box.shape)
        return replace(self, channels=planes)


def box_of(shape: Format) -> Box:
    """A format's box."""
    return Box(0, 0, shape.width(), shape.height())


def black(shape: Format) -> Picture:
    """A picture without channels."""
    return Picture(shape, box_of(shape), {})
