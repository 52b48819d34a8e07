"""What a file's header says about the picture, apart from what it says about the file."""

from __future__ import annotations

from collections.abc import Iterator

import OpenImageIO as oiio

from corridorkey_core.frames import Attribute, Header, Window

FILE_FACTS = frozenset(
    {
        "compression",
        "colorInteropID",
        "ICCProfile",
        "name",
        "view",
        "planarconfig",
        "PixelAspectRatio",
        "screenWindowCenter",
        "screenWindowWidth",
        "Software",
        "type",
        "version",
        "chunkCount",
        "oiio:ColorSpace",
    }
)
FILE_FACT_GROUPS = ("oiio:", "openexr:", "tiff:", "jpeg:", "png:", "dpx:", "tile", "ICCProfile:")


def header_of(spec: oiio.ImageSpec) -> Header:
    """Windows, pixel aspect and metadata of a picture.

    What belongs to the file alone (compression, tiling, line order, its program) is left out.
    """
    return Header(
        data=Window(spec.x, spec.y, spec.width, spec.height),
        display=Window(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        pixel_aspect=float(spec.get_float_attribute("PixelAspectRatio", 1.0)) or 1.0,
        attributes=tuple(_attributes(spec)),
    )


def _attributes(spec: oiio.ImageSpec) -> Iterator[Attribute]:
    for entry in spec.extra_attribs:
        if entry.name not in FILE_FACTS and not entry.name.startswith(FILE_FACT_GROUPS):
            yield Attribute(entry.name, str(entry.type), entry.value)
    rate = spec.get_float_attribute("dpx:FrameRate", 0.0)
    if rate > 0 and not spec.getattribute("FramesPerSecond"):
        yield Attribute("FramesPerSecond", "rational", _rational(rate))


def _rational(rate: float) -> tuple[int, int]:
    """A frame rate as a ratio: whole, or one of video's thousand-and-first parts."""
    if abs(rate - round(rate)) < 1e-3:
        return round(rate), 1
    return round(rate * 1.001) * 1000, 1001
