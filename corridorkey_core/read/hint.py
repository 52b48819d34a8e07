"""The alpha hint out of a picture file: which part, which channel."""

from __future__ import annotations

from dataclasses import dataclass

from corridorkey_core.frames import Header, Pixels
from corridorkey_core.luminance import luminance
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.read.picture import Part, PictureFile, open_picture

ALPHA_NAMES = ("A", "a", "alpha", "Alpha")


@dataclass(frozen=True)
class HintPicture:
    """A hint as its file holds it: `pixels` [H, W], its header, and which channel it was.

    `channels` is how many the file has, in all of its parts.
    """

    pixels: Pixels
    header: Header
    channel: str
    channels: int = 1


def read_hint(path: str, number: int, channel: str) -> HintPicture:
    """The hint in a file: the channel named, or by `auto` alpha if there is one, else luminance.

    A channel of a named part may be asked for as part.channel. Values are data: there is no
    colour conversion. Raises `ReadError`.
    """
    with open_picture(path, number) as picture:
        part, channels = _hint_channels(picture, channel)
        pixels, header = picture.pixels(part, channels), picture.header(part)
        count = sum(len(part.channels) for part in picture.flat_parts)
        if len(channels) == 3:
            return HintPicture(luminance(pixels), header, "luminance", count)
        return HintPicture(pixels[..., 0], header, channels[0], count)


def _hint_channels(picture: PictureFile, channel: str) -> tuple[Part, list[str]]:
    parts = picture.flat_parts
    if channel not in ("auto", "luminance"):
        return _named(picture, parts, channel)
    found = (_alpha(parts) if channel == "auto" else None) or _grey_or_rgb(parts)
    if found:
        return found
    raise picture.failed(
        f"The file has {picture.channel_list}, and no alpha, R, G, B or Y; name the channel that "
        "is the hint as hint_channel."
    )


def _alpha(parts: tuple[Part, ...]) -> tuple[Part, list[str]] | None:
    for part in parts:
        for name in part.channels:
            if name.rpartition(".")[2] in ALPHA_NAMES:
                return part, [name]
    return None


def _grey_or_rgb(parts: tuple[Part, ...]) -> tuple[Part, list[str]] | None:
    for part in parts:
        if set("RGB") <= set(part.channels):
            return part, list("RGB")
        if "Y" in part.channels:
            return part, ["Y"]
    if len(parts[0].channels) == 1:
        return parts[0], list(parts[0].channels)
    return None


def _named(picture: PictureFile, parts: tuple[Part, ...], channel: str) -> tuple[Part, list[str]]:
    for part in parts:
        for name in part.channels:
            if channel in (name, f"{part.name}.{name}"):
                return part, [name]
    known = [name for part in parts for name in part.channels]
    raise picture.failed(
        f"There is no channel {channel!r}; the file has {picture.channel_list}."
        f"{did_you_mean(channel, known)}"
    )
