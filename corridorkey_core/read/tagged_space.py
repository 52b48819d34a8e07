"""The name of the colour space that a picture file gives of itself."""

from __future__ import annotations

import OpenImageIO as oiio

D65 = (0.3127, 0.3290)
ACES_WHITE = (0.32168, 0.33767)
# x, y of red, green, blue and white, and the interchange name of the linear space they span.
PRIMARIES = {
    (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, *D65): "lin_rec709_scene",
    (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *D65): "lin_rec2020_scene",
    (0.68, 0.32, 0.265, 0.69, 0.15, 0.06, *D65): "lin_p3d65_scene",
    (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *D65): "lin_adobergb_scene",
    (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, *ACES_WHITE): "lin_ap0_scene",
    (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, *ACES_WHITE): "lin_ap1_scene",
}
TOLERANCE = 2e-3


def tagged_space(spec: oiio.ImageSpec) -> str | None:
    """The space that a header names: by its interop ID, its name, or an EXR's chromaticities."""
    named = spec.get_string_attribute("colorInteropID") or spec.get_string_attribute(
        "oiio:ColorSpace"
    )
    return named or _by_primaries(spec.getattribute("chromaticities"))


def _by_primaries(chromaticities: tuple[float, ...] | None) -> str | None:
    if not isinstance(chromaticities, tuple) or len(chromaticities) != 8:
        return None
    for known, name in PRIMARIES.items():
        pairs = zip(known, chromaticities, strict=True)
        if all(abs(one - other) <= TOLERANCE for one, other in pairs):
            return name
    return None
