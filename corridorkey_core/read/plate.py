"""A plate or a hint out of a picture file: which part, which channels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corridorkey_core.frames import Header, Pixels, Plate
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.read.picture import Part, PictureFile, open_picture

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
ALPHA_NAMES = ("A", "a", "alpha", "Alpha")


@dataclass(frozen=True)
class HintPicture:
    """A hint as its file holds it: `pixels` [H, W], its header, and which channel it was."""

    pixels: Pixels
    header: Header
    channel: str


SpaceOf = Callable[[bool, str | None], str]


def read_plate(path: str, number: int, layer: str, space_of: SpaceOf) -> Plate:
    """The plate in a file: R, G, B of `layer` in the file's own type and encoding.

    `space_of` names the colour space, given whether the file is float and its own tag. Raises
    `ReadError`.
    """
    with open_picture(path, number) as picture:
        part, channels = _plate_channels(picture, layer)
        pixels = picture.pixels(part, channels)
        if len(channels) == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        space = space_of(part.type_name in ("half", "float"), picture.tag(part))
        return Plate(number, path, pixels, picture.header(part), space)


def _plate_channels(picture: PictureFile, layer: str) -> tuple[Part, list[str]]:
    for part in picture.parts:
        for prefix in _prefixes(part, layer):
            wanted = [f"{prefix}{name}" for name in "RGB"]
            if set(wanted) <= set(part.channels):
                return part, wanted
            if f"{prefix}Y" in part.channels and not {f"{prefix}RY"} & set(part.channels):
                return part, [f"{prefix}Y"]
    sought = f"{layer}.R, {layer}.G, {layer}.B" if layer else "R, G, B"
    raise picture.failed(f"There are no channels {sought}; the file has {_listed(picture)}.")


def _prefixes(part: Part, layer: str) -> list[str]:
    if not layer:
        return [""]
    # A part may be named after its layer and then hold plain R, G, B.
    return [f"{layer}.", *([""] if part.name == layer else [])]


def _listed(picture: PictureFile) -> str:
    parts = [
        f"{f'{part.name}: ' if part.name else ''}{', '.join(part.channels)}"
        for part in picture.parts
    ]
    return "; ".join(parts)


def read_hint(path: str, number: int, channel: str) -> HintPicture:
    """The hint in a file: the channel named, or by `auto` alpha if there is one, else luminance.

    Values are data: no colour conversion. Raises `ReadError`.
    """
    with open_picture(path, number) as picture:
        part, channels = _hint_channels(picture, channel)
        pixels = picture.pixels(part, channels)
        if len(channels) == 3:
            return HintPicture(_luminance(pixels), picture.header(part), "luminance")
        return HintPicture(pixels[..., 0], picture.header(part), channels[0])


def _hint_channels(picture: PictureFile, channel: str) -> tuple[Part, list[str]]:
    if channel not in ("auto", "luminance"):
        return _named(picture, channel)
    part = picture.parts[0]
    if channel == "auto":
        for name in part.channels:
            if name.rpartition(".")[2] in ALPHA_NAMES and len(part.channels) > 1:
                return part, [name]
    if set("RGB") <= set(part.channels):
        return part, list("RGB")
    if len(part.channels) == 1 or "Y" in part.channels:
        return part, ["Y" if "Y" in part.channels else part.channels[0]]
    raise picture.failed(
        f"Which channel is the hint? The file has {_listed(picture)}; name one as hint_channel."
    )


def _named(picture: PictureFile, channel: str) -> tuple[Part, list[str]]:
    for part in picture.parts:
        if channel in part.channels:
            return part, [channel]
    known = [name for part in picture.parts for name in part.channels]
    raise picture.failed(
        f"There is no channel {channel!r}; the file has {_listed(picture)}."
        f"{did_you_mean(channel, known)}"
    )


def _luminance(pixels: Pixels) -> Pixels:
    if pixels.dtype.kind == "u":
        limit = np.iinfo(pixels.dtype).max
        return (pixels.astype(np.float32) @ (LUMINANCE / limit)).astype(np.float32)
    return (pixels.astype(np.float32) @ LUMINANCE).astype(np.float32)
