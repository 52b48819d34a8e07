"""What OCIO configs call scene-linear Rec.709, the engine's working space."""

LINEAR_NAMES = (
    "lin_rec709_scene",
    "lin_rec709",
    "lin_srgb",
    "Linear Rec.709 (sRGB)",
    "Utility - Linear - sRGB",
    "Utility - Linear - Rec.709",
    "Linear sRGB",
)
