"""Dilate, which the panel calls Erode (fast)."""

from __future__ import annotations

import numpy as np

from tests.nuke.stand_in.pixels.channel_operations import with_mask
from tests.nuke.stand_in.pixels.compute import At, operation, proxy_scale
from tests.nuke.stand_in.pixels.picture import Box, Picture, Plane


@operation("Dilate")
def dilate(at: At) -> Picture:
    """The largest (size below 0: smallest) value of a rectangle around each pixel.

    Sizes are whole pixels to each side; what Nuke does with parts of a pixel is told nowhere, so
    they are refused. In a proxy a size shrinks with the picture. The box grows with what grows.
    """
    picture = at.input()
    across, up = (_whole(at, place) for place in range(2))
    grown = Box(
        picture.box.x - max(0, across),
        picture.box.y - max(0, up),
        picture.box.r + max(0, across),
        picture.box.t + max(0, up),
    )
    made = picture.on(grown)
    changed = {}
    for name in at.channels("channels", picture.names):
        wide = picture.over(name, _around(grown, abs(across), abs(up)), "repeat")
        changed[name] = _extreme(_extreme(wide, across, 1), up, 0)
    return with_mask(at, made, made.with_channels(changed), 1)


def _whole(at: At, place: int) -> int:
    size = at.number("size", place) * proxy_scale()
    if size != round(size):
        raise NotImplementedError(f"{at.node.fullName()}.size is {size}, no whole pixels")
    return round(size)


def _around(box: Box, across: int, up: int) -> Box:
    return Box(box.x - across, box.y - up, box.r + across, box.t + up)


def _extreme(plane: Plane, size: int, axis: int) -> Plane:
    """Runs of twice the length from two of the length before, then two that overlap."""
    fold = np.maximum if size > 0 else np.minimum
    reach, length = 2 * abs(size) + 1, 1
    while 2 * length <= reach:
        plane = fold(_from(plane, 0, length, axis), _from(plane, length, length, axis))
        length *= 2
    rest = reach - length
    return fold(_from(plane, 0, rest, axis), _from(plane, rest, rest, axis)) if rest else plane


def _from(plane: Plane, start: int, cut: int, axis: int) -> Plane:
    """A plane shortened by `cut`, from `start` on."""
    end = plane.shape[axis] - cut + start
    return plane[start:end] if axis == 0 else plane[:, start:end]
