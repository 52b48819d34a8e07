"""What a file says besides its pixels: the plate's own metadata, and what is true of the result."""

from __future__ import annotations

import OpenImageIO as oiio

from corridorkey_core.colour import ColourTag
from corridorkey_core.frames import Attribute, Header
from corridorkey_core.version import VERSION

SOFTWARE = f"Corridor Key {VERSION}"
# OpenImageIO stamps the time of writing otherwise, and no two files would be the same.
UNDATED = "1970:01:01 00:00:00"
# True of the plate's file or encoding; not of the result's, unless it is said anew.
NOT_INHERITED = frozenset(
    {
        "acesimagecontainerflag",
        "adoptedneutral",
        "channels",
        "chromaticities",
        "colorinteropid",
        "compression",
        "dpx:framerate",
        "exif:colorspace",
        "iccprofile",
        "lineorder",
        "multiview",
        "name",
        "oiio:bitspersample",
        "oiio:colorspace",
        "oiio:unassociatedalpha",
        "pixelaspectratio",
        "preview",
        "renderingtransform",
        "software",
    }
)


def set_header(spec: oiio.ImageSpec, header: Header) -> None:
    """Windows, pixel aspect and metadata, each entry in its own type where the format has it."""
    spec.x, spec.y = header.data.x, header.data.y
    spec.full_x, spec.full_y = header.display.x, header.display.y
    spec.full_width, spec.full_height = header.display.width, header.display.height
    spec.attribute("DateTime", UNDATED)
    for entry in header.attributes:
        if entry.name.lower() not in NOT_INHERITED:
            spec.attribute(entry.name, oiio.TypeDesc(entry.kind), entry.value)
            _say_in_dpx(spec, entry)
    spec.attribute("PixelAspectRatio", header.pixel_aspect)
    spec.attribute("Software", SOFTWARE)


def set_tag(spec: oiio.ImageSpec, tag: ColourTag) -> None:
    """The colour tag: colorInteropID and chromaticities in EXR, what there is for it elsewhere."""
    spec.attribute("oiio:ColorSpace", tag.name)
    spec.attribute("colorInteropID", tag.name)
    if tag.chromaticities:
        spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), tag.chromaticities)


def _say_in_dpx(spec: oiio.ImageSpec, entry: Attribute) -> None:
    if entry.name == "FramesPerSecond" and entry.kind == "rational" and entry.value[1]:
        spec.attribute("dpx:FrameRate", entry.value[0] / entry.value[1])
