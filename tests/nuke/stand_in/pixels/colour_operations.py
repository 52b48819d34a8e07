"""Nodes that change colours."""

from __future__ import annotations

import numpy as np

from tests.nuke.stand_in import colours
from tests.nuke.stand_in.pixels.channel_operations import with_mask
from tests.nuke.stand_in.pixels.compute import At, operation
from tests.nuke.stand_in.pixels.picture import Picture, Plane
from tests.nuke.stand_in.session import current

RGB = ("rgba.red", "rgba.green", "rgba.blue")


@operation("Multiply")
def multiply(at: At) -> Picture:
    """Channels times a number, each channel of a layer by its own."""
    at.refuse_other(mix=1.0, maskChannelInput="none")
    picture = at.input()
    fields = {"red": 0, "green": 1, "blue": 2, "alpha": 3}
    changed = {}
    for name in at.channels("channels", picture.names):
        field = fields.get(name.rpartition(".")[2], 0)
        changed[name] = picture.plane(name) * np.float32(at.number("value", field))
    return picture.with_channels(changed)


@operation("OCIOColorSpace")
def ocio(at: At) -> Picture:
    """Colours from one space to another. A layer of three or four is converted as a whole."""
    picture = at.input()
    source, target = at.text("in_colorspace"), at.text("out_colorspace")
    named = at.channels("channels", picture.names)
    changed: dict[str, Plane] = {}
    for layer in dict.fromkeys(name.rpartition(".")[0] for name in named):
        triple = [f"{layer}.{field}" for field in ("red", "green", "blue")]
        if not set(triple) <= set(named):
            continue
        pixels = np.stack([picture.plane(name) for name in triple], axis=-1)
        made = colours.converted(pixels, source, target, current().root._colour_config())
        changed |= {name: made[..., place] for place, name in enumerate(triple)}
    return with_mask(at, picture, picture.with_channels(changed), 1)
