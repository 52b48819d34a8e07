"""Pixels into one file through OpenImageIO, every answer of it checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from corridorkey_core.colour import ColourTag
from corridorkey_core.errors import WriteError
from corridorkey_core.frames import Header, Pixels, Window
from corridorkey_core.write.complete import is_complete
from corridorkey_core.write.header import set_header, set_tag
from corridorkey_core.write.whole import whole_file

TYPES = {"uint8": "uint8", "uint16": "uint16", "float16": "half", "float32": "float"}
# Formats without a data window: the picture in them is what is to be displayed.
ONE_WINDOW = (".png", ".tif", ".dpx")
PROBE = bytes(1 << 16)
OF_FORMAT: dict[str, dict[str, int | str]] = {
    # PNG takes colour for straight: unless it is said to be, OpenImageIO would divide it by alpha.
    # Filter 16 (Sub) and nothing but runs: the quickest there is, and on grain a sixth smaller than
    # level 1 with matches.
    ".png": {"oiio:UnassociatedAlpha": 1, "compression": "rle", "png:filter": 16},
    # Uncalibrated, which sRGB overrides. OpenImageIO fails at writing an Exif block with nothing.
    # OpenImageIO would store halves as floats unless told.
    ".tif": {"Exif:ColorSpace": 0xFFFF, "tiff:half": 1},
    ".dpx": {"dpx:Packing": "Filled, method A"},
}
DPX_FILE_NAME = (36, 100)


@dataclass(frozen=True)
class Picture:
    """One file to be: `pixels` [H, W, C] are stored as they are, without colour or scaling.

    Those of the channels that are in `as_float` are stored as float, whatever the type of the
    others. `bits` of each integer are kept, rounded; 0 keeps all.
    """

    pixels: Pixels
    channels: tuple[str, ...]
    header: Header
    tag: ColourTag
    compression: str = ""
    as_float: tuple[str, ...] = ()
    bits: int = 0


def write_picture(picture: Picture, path: Path, frame: int) -> Path:
    """Write a file whole, or raise `WriteError` and leave nothing of it; returns its path.

    PNG, TIFF and DPX get the display window: what lies outside is cut off, and what has no pixels
    is 0.
    """
    if path.suffix in ONE_WINDOW:
        picture = fitted_to_display(picture)
    return write_encoded(partial(encode, picture), path, frame)


def write_encoded(encoded: Callable[[Path], str], path: Path, frame: int) -> Path:
    """Write a file whole by `encoded`, which says what went wrong, or nothing; returns its path.

    Raises `WriteError` and leaves nothing of it.
    """
    with whole_file(path, frame) as temporary:
        problem = encoded(temporary)
        if not problem and not is_complete(temporary):
            problem = "its last bytes are missing on the disk"
        if problem:
            _ask_the_disk(temporary)
            reason = f"The file cannot be written: {problem}"
            raise WriteError(reason, frame=frame, path=str(path))
        if path.suffix == ".dpx":
            _name_inside(temporary, path.name)
    return path


def fitted_to_display(picture: Picture) -> Picture:
    """The picture on its display window, which then begins at 0, 0; 0 where it has no pixels."""
    data, display = picture.header.data, picture.header.display
    whole = Window(0, 0, display.width, display.height)
    header = replace(picture.header, data=whole, display=whole)
    if data == display:
        return replace(picture, header=header)
    channels = picture.pixels.shape[2]
    canvas = np.zeros((display.height, display.width, channels), picture.pixels.dtype)
    left, top = max(data.x, display.x), max(data.y, display.y)
    right = min(data.x + data.width, display.x + display.width)
    bottom = min(data.y + data.height, display.y + display.height)
    if left < right and top < bottom:
        canvas[top - display.y : bottom - display.y, left - display.x : right - display.x] = (
            picture.pixels[top - data.y : bottom - data.y, left - data.x : right - data.x]
        )
    return replace(picture, pixels=canvas, header=header)


def encode(picture: Picture, path: Path) -> str:
    """Write the pixels; returns what went wrong in OpenImageIO's words, or nothing."""
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        return _one_line(oiio.geterror())
    # Some formats answer that all is well and keep an error, so ask for one after every step.
    if not output.open(str(path), _spec(picture, path.suffix)) or output.has_error:
        return _one_line(output.geterror())
    written = output.write_image(_stored(picture))
    problem = "" if written and not output.has_error else _one_line(output.geterror())
    closed = output.close()
    if problem or (closed and not output.has_error):
        return problem
    return _one_line(output.geterror())


def _spec(picture: Picture, suffix: str) -> oiio.ImageSpec:
    height, width, channels = picture.pixels.shape
    spec = oiio.ImageSpec(width, height, channels, TYPES[picture.pixels.dtype.name])
    spec.channelnames = picture.channels
    spec.alpha_channel = picture.channels.index("A") if "A" in picture.channels else -1
    if _is_mixed(picture):
        spec.channelformats = tuple(
            oiio.TypeDesc("float") if name in picture.as_float else spec.format
            for name in picture.channels
        )
    set_header(spec, picture.header)
    set_tag(spec, picture.tag)
    for name, value in OF_FORMAT.get(suffix, {}).items():
        spec.attribute(name, value)
    if picture.compression:
        spec.attribute("compression", picture.compression)
    if picture.bits:
        spec.attribute("oiio:BitsPerSample", picture.bits)
    return spec


def _is_mixed(picture: Picture) -> bool:
    return bool(set(picture.as_float) & set(picture.channels))


def _stored(picture: Picture) -> Pixels:
    if _is_mixed(picture):
        return picture.pixels.astype(np.float32)
    if picture.bits:
        return _rounded(picture.pixels, picture.bits)
    # No copy, unless the pixels lie in another order: OpenImageIO refuses those.
    return np.ascontiguousarray(picture.pixels)


def _rounded(pixels: Pixels, bits: int) -> Pixels:
    """16-bit integers whose upper `bits` are the nearest code; a writer keeps just these."""
    most = (1 << bits) - 1
    codes = (pixels.astype(np.uint32) * most + 32767) // 65535
    return (codes << (16 - bits)).astype(np.uint16)


def _ask_the_disk(path: Path) -> None:
    """Raise the `OSError` behind a failed write, which OpenImageIO itself does not pass on."""
    with path.open("ab") as file:
        file.write(PROBE)
        file.flush()
        os.fsync(file.fileno())


def _name_inside(path: Path, name: str) -> None:
    """Replace the temporary name that a DPX file has in its header by its own."""
    start, length = DPX_FILE_NAME
    with path.open("r+b") as file:
        file.seek(start)
        file.write(os.fsencode(name)[: length - 1].ljust(length, b"\0"))


def _one_line(reason: str) -> str:
    return " ".join(reason.split()) or "OpenImageIO gives no reason"
