"""What a file's header says about the picture, apart from what it says about the file."""

from __future__ import annotations

import math
from collections.abc import Iterator

import OpenImageIO as oiio

from corridorkey_core.frames import Attribute, Header, Window

FILE_FACTS = frozenset(
    {
        "CICP",
        "CompressionQuality",
        "PixelAspectRatio",
        "Software",
        "acesImageContainerFlag",
        "chunkCount",
        "colorInteropID",
        "compression",
        "fovcot",
        "multiView",
        "name",
        "planarconfig",
        "preview",
        "screenWindowCenter",
        "screenWindowWidth",
        "textureformat",
        "type",
        "version",
        "view",
        "wrapmodes",
    }
)
FILE_FACT_GROUPS = (
    "ICCProfile",
    "jpeg:",
    "oiio:",
    "openexr:",
    "png:",
    "targa:",
    "thumbnail_",
    "tiff:",
    "tile",
)
# How a DPX stores its code values; what it says of scanner, reel and slate is kept.
DPX_FILE_FACTS = frozenset(
    {
        "dpx:BlackGain",
        "dpx:BlackLevel",
        "dpx:BreakPoint",
        "dpx:Colorimetric",
        "dpx:DittoKey",
        "dpx:EncryptKey",
        "dpx:EndOfImagePadding",
        "dpx:EndOfLinePadding",
        "dpx:FrameRate",
        "dpx:Gamma",
        "dpx:HighData",
        "dpx:HighQuantity",
        "dpx:ImageDescriptor",
        "dpx:Interlace",
        "dpx:LowData",
        "dpx:LowQuantity",
        "dpx:Packing",
        "dpx:Signal",
        "dpx:TimeCode",
        "dpx:Transfer",
        "dpx:Version",
        "dpx:WhiteLevel",
    }
)


def header_of(spec: oiio.ImageSpec) -> Header:
    """Windows, pixel aspect and metadata of a picture, each attribute with OpenImageIO's type.

    What belongs to the file alone (compression, tiling, line order, its program) is left out.
    """
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    return Header(
        data=Window(spec.x, spec.y, spec.width, spec.height),
        display=Window(spec.full_x, spec.full_y, spec.full_width, spec.full_height),
        pixel_aspect=float(aspect) if 0 < aspect < math.inf else 1.0,
        attributes=tuple(_attributes(spec)),
    )


def _attributes(spec: oiio.ImageSpec) -> Iterator[Attribute]:
    for entry in spec.extra_attribs:
        if not _is_file_fact(entry.name) and entry.value is not None:
            yield Attribute(entry.name, str(entry.type), entry.value)
    rate = spec.get_float_attribute("dpx:FrameRate", 0.0)
    if 0 < rate < math.inf and spec.getattribute("FramesPerSecond") is None:
        yield Attribute("FramesPerSecond", "rational", _rational(rate))


def _is_file_fact(name: str) -> bool:
    return name in FILE_FACTS or name in DPX_FILE_FACTS or name.startswith(FILE_FACT_GROUPS)


def _rational(rate: float) -> tuple[int, int]:
    """A frame rate as a ratio: whole, one of video's thousand-and-first parts, or thousandths."""
    if abs(rate - round(rate)) < 1e-3:
        return round(rate), 1
    video = round(rate * 1.001)
    if abs(rate - video / 1.001) < 1e-2:
        return video * 1000, 1001
    return round(rate * 1000), 1000
