"""The plate out of a picture file: which part, which channels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from corridorkey_core.frames import Plate
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.read.picture import BYTES, Part, PictureFile, open_picture

SpaceOf = Callable[[bool, str | None], str]
"""The name of a plate's colour space, given whether the file is float and its own tag or None."""


def read_plate(path: str, number: int, layer: str, space_of: SpaceOf) -> Plate:
    """The plate in a file: R, G, B of `layer` (a lone Y as all three), as stored.

    Raises `ReadError` where the file is damaged or has no such channels.
    """
    with open_picture(path, number) as picture:
        part, channels = _plate_channels(picture, layer)
        pixels = picture.pixels(part, channels)
        if len(channels) == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        space = space_of(part.is_float(channels), picture.tag(part))
        return Plate(number, path, pixels, picture.header(part), space)


def plate_bytes(path: str, layer: str) -> tuple[int, int]:
    """Bytes of the plate's pixels in a file, and how many pixels, from its header alone.

    Raises `ReadError`.
    """
    with open_picture(path, None) as picture:
        part, channels = _plate_channels(picture, layer)
        window = picture.header(part).data
        area = window.width * window.height
        return area * 3 * BYTES[part.native_type(channels)], area


def _plate_channels(picture: PictureFile, layer: str) -> tuple[Part, list[str]]:
    for part in picture.flat_parts:
        for prefix in _prefixes(part, layer):
            wanted = [f"{prefix}{name}" for name in "RGB"]
            if set(wanted) <= set(part.channels):
                return part, wanted
            # With RY and BY it is a luminance/chroma file, not a grey one.
            if f"{prefix}Y" in part.channels and f"{prefix}RY" not in part.channels:
                return part, [f"{prefix}Y"]
    sought = f"{layer}.R, {layer}.G, {layer}.B" if layer else "R, G, B"
    raise picture.failed(
        f"There are no channels {sought}; the file has {picture.channel_list}."
        f"{_advice(picture, layer)}"
    )


def _prefixes(part: Part, layer: str) -> list[str]:
    if not layer:
        return [""]
    # A part may be named after its layer and then hold plain R, G, B.
    return [f"{layer}.", *([""] if part.name == layer else [])]


def _advice(picture: PictureFile, layer: str) -> str:
    layers = [part.name for part in picture.parts if "R" in part.channels and part.name]
    for part in picture.parts:
        layers += [name[:-2] for name in part.channels if name.endswith(".R")]
    layers = list(dict.fromkeys(layers))
    if not layers:
        return ""
    return did_you_mean(layer, layers) or f" Set plate_layer to one of {', '.join(layers)}."
