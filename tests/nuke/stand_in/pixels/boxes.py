"""Crop and Reformat."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.pixels.compute import At, full_or_proxy, operation, proxy_scale
from tests.nuke.stand_in.pixels.picture import Box, Picture, Plane, box_of


@operation("Crop")
def crop(at: At) -> Picture:
    """Nothing outside of a box. `crop` adds a black pixel around it: all beyond is black."""
    if at.number("softness") or at.text("preset") != "format":
        raise NotImplementedError("the stand-in crops with hard edges and no preset")
    picture = at.input()
    scale = proxy_scale()
    box = Box(*(round(at.number("box", side) * scale) for side in range(4)))
    if at.number("intersect"):
        box = box.intersection(picture.box)
    made = picture.on(box)
    if at.number("reformat"):
        return _to_the_corner(made)
    return made.ringed() if at.number("crop") else made


def _to_the_corner(picture: Picture) -> Picture:
    height, width = picture.box.shape
    shape = Format(width, height, pa=picture.format.pixelAspect())
    return replace(picture, format=shape, box=box_of(shape))


@operation("Reformat")
def reformat(at: At) -> Picture:
    """Another format: pixels moved (`resize` none), or scaled by whole numbers up or down."""
    at.refuse_other(flip=False, flop=False, turn=False)
    picture = at.input()
    shape = _shape(at, picture.format)
    factors = _factors(at, picture.format, shape)
    scaled = _scaled(picture, factors, at.text("filter"))
    across = (shape.width() - picture.format.width() * factors[0]) / 2
    up = (shape.height() - picture.format.height() * factors[1]) / 2
    shift = (int(np.floor(across)), int(np.floor(up))) if at.number("center") else (0, 0)
    box = scaled.box
    moved = replace(
        scaled,
        format=shape,
        box=Box(box.x + shift[0], box.y + shift[1], box.r + shift[0], box.t + shift[1]),
    )
    return moved if at.number("pbb") else moved.on(moved.box.intersection(box_of(shape)))


def _shape(at: At, before: Format) -> Format:
    kind = at.text("type")
    if kind == "to format":
        return full_or_proxy(at.node["format"].value())
    if kind == "scale":
        width, height = (at.number("scale", place) for place in range(2))
        return Format(
            round(before.width() * width), round(before.height() * height), pa=before.pixelAspect()
        )
    if not at.number("box_fixed"):
        raise NotImplementedError("the stand-in reformats to a box only with box_fixed")
    width, height = (round(at.number(f"box_{side}")) for side in ("width", "height"))
    return Format(width, height, pa=at.number("box_pixel_aspect"))


def _factors(at: At, before: Format, after: Format) -> tuple[float, float]:
    across, up = after.width() / before.width(), after.height() / before.height()
    squeeze = before.pixelAspect() / after.pixelAspect()
    kind = at.text("resize")
    if kind == "none":
        return 1.0, 1.0
    if kind == "distort" or at.text("type") == "scale":
        return across, up
    high = {
        "width": across / squeeze,
        "height": up,
        "fit": min(across / squeeze, up),
        "fill": max(across / squeeze, up),
    }[kind]
    return high * squeeze, high


def _scaled(picture: Picture, factors: tuple[float, float], how: str) -> Picture:
    if factors == (1.0, 1.0):
        return picture
    if how not in ("impulse", "cubic", "linear"):
        raise NotImplementedError(f"the stand-in scales with no filter {how!r}")
    box = picture.box
    wide = Box(
        round(box.x * factors[0]),
        round(box.y * factors[1]),
        round(box.r * factors[0]),
        round(box.t * factors[1]),
    )
    return replace(
        picture,
        box=wide,
        channels={name: resampled(picture.plane(name), wide.shape) for name in picture.names},
    )


def resampled(plane: Plane, shape: tuple[int, int]) -> Plane:
    """Means of the pixels below each new one; the nearest where it grows."""
    height, width = plane.shape
    rows = _spans(height, shape[0])
    columns = _spans(width, shape[1])
    return np.asarray((rows @ plane @ columns.T), np.float32)


def _spans(before: int, after: int) -> np.ndarray:
    """How much of each old pixel is in each new one."""
    weights = np.zeros((after, before))
    step = before / after
    for place in range(after):
        if step < 1.0:
            weights[place, min(before - 1, int((place + 0.5) * step))] = 1.0
            continue
        low, high = place * step, (place + 1) * step
        for old in range(int(low), min(before, int(np.ceil(high)))):
            weights[place, old] = max(0.0, min(high, old + 1) - max(low, old)) / step
    return weights
