"""A keyed frame as the files that hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from corridorkey_core.colour import ColourTag, colour_tag
from corridorkey_core.frames import Deflated, Header, KeyedFrame, Pixels
from corridorkey_core.outputs import OutputPlan
from corridorkey_core.settings import Settings
from corridorkey_core.write.deflated import write_deflated
from corridorkey_core.write.encode import Picture, write_picture

Part = Callable[[], Path]

CHANNELS = {
    "matte": ("Y",),
    "fg": ("R", "G", "B"),
    "processed": ("R", "G", "B", "A"),
    "comp": ("R", "G", "B"),
}
# A matte is a layer's A: DWA damages every .Y, and Nuke shows this as matte.alpha.
LAYERS = {
    "processed": ("R", "G", "B", "A"),
    "fg": ("fg.R", "fg.G", "fg.B"),
    "matte": ("matte.A",),
}
ALPHAS = ("A", "matte.A")
B44 = ("b44", "b44a")
DATA = ColourTag("data")
DISPLAY = ColourTag("srgb_rec709_scene")
TEN = 10
# Measured for zip and zips: on grain level 1 costs a quarter less time than the usual 4, on
# pictures that are black outside the matte level 2 does; files grow by a hundredth.
LEVELLED, GRAIN_LEVEL, MATTED_LEVEL = ("zip", "zips"), 1, 2
# Without loss for a matte of this type; the others take the setting's own.
LOSSY = {"float16": (*B44, "dwaa", "dwab"), "float32": ("pxr24", "dwaa", "dwab")}


def write_keyed(keyed: KeyedFrame, plan: OutputPlan) -> Sequence[Part]:
    """The writing of a frame, as calls that may run side by side, one for each file.

    Each call writes its file whole and returns the path, or raises `WriteError` and leaves
    nothing. A matte is stored exactly whatever the compression. On layout `layered` one EXR has
    processed as R, G, B, A, the foreground as fg.R, fg.G, fg.B and the matte as matte.A.
    """
    settings = plan.settings
    paths = plan.paths(keyed.number)
    tag = colour_tag(keyed.space, settings.ocio_config)
    alone = [name for name in paths if not plan.is_layer(name)]
    parts: list[Part] = [
        _writing(name, keyed, _of_pass(name, keyed, tag, settings), paths[name]) for name in alone
    ]
    layers = [name for name in LAYERS if plan.is_layer(name) and name in paths]
    if layers:
        parts.append(partial(_write_layers, layers, keyed, tag, settings, paths[layers[0]]))
    return parts


def _writing(name: str, keyed: KeyedFrame, picture: Picture, path: Path) -> Part:
    if name in keyed.deflated:
        return partial(_write_deflated, keyed, picture, keyed.deflated[name], path)
    return partial(_write_pass, keyed, picture, path)


def _write_pass(keyed: KeyedFrame, picture: Picture, path: Path) -> Path:
    keyed.wait()
    return write_picture(picture, path, keyed.number)


def _write_deflated(keyed: KeyedFrame, line: Picture, deflated: Deflated, path: Path) -> Path:
    keyed.wait()
    return write_deflated(line, deflated, path, keyed.number)


def _of_pass(name: str, keyed: KeyedFrame, tag: ColourTag, settings: Settings) -> Picture:
    """A pass as a picture; of one that is compressed already only its first line, in black."""
    if name in keyed.deflated:
        pixels, header = _one_line(name, keyed.header)
    else:
        pixels, header = keyed.passes[name], keyed.header
    channels = CHANNELS[name]
    if name == "comp":
        return Picture(pixels, channels, header, DISPLAY)
    if name == "matte":
        lossy = settings.compression in LOSSY.get(pixels.dtype.name, ())
        settings = settings.changed(compression="zip") if lossy else settings
        return _picture(pixels, channels, header, DATA, settings)
    return _picture(pixels, channels, header, tag, settings)


def _one_line(name: str, header: Header) -> tuple[Pixels, Header]:
    line = replace(header.data, height=1)
    if name == "comp":
        line = replace(line, x=0, y=0)
    kind = np.uint8 if name == "comp" else np.float16
    pixels = np.zeros((1, line.width, len(CHANNELS[name])), kind)
    return pixels, replace(header, data=line, display=line if name == "comp" else header.display)


def _write_layers(
    names: Sequence[str], keyed: KeyedFrame, tag: ColourTag, settings: Settings, path: Path
) -> Path:
    keyed.wait()
    channels = tuple(channel for name in names for channel in LAYERS[name])
    pixels = np.concatenate([keyed.passes[name] for name in names], axis=2)
    picture = _picture(pixels, channels, keyed.header, tag, settings)
    return write_picture(picture, path, keyed.number)


def _picture(
    pixels: Pixels, channels: tuple[str, ...], header: Header, tag: ColourTag, settings: Settings
) -> Picture:
    if settings.format != "exr":
        bits = TEN if settings.format == "dpx" and settings.bit_depth in ("auto", "10") else 0
        return Picture(pixels, channels, header, ColourTag(tag.name), bits=bits)
    as_float = ALPHAS if settings.compression in B44 else ()
    compression = _levelled(settings.compression, channels)
    return Picture(pixels, channels, header, tag, compression, as_float)


def _levelled(compression: str, channels: tuple[str, ...]) -> str:
    """A compression with the level that suits a picture; others have none."""
    if compression not in LEVELLED:
        return compression
    has_grain = channels == CHANNELS["fg"] or "fg.R" in channels
    return f"{compression}:{GRAIN_LEVEL if has_grain else MATTED_LEVEL}"
