"""Named colour spaces, on tensors: any that OCIO knows, through OpenImageIO.

sRGB, matrices and camera log curves run on the picture's device, all others on the CPU.

Inside the engine every picture is scene-linear Rec.709; a `ColourSpace` is the way in and back.
Alpha is never converted. Negatives and values above 1 are kept wherever the space can hold them.
"""

from corridorkey_core.colour.config import BUILT_IN_CONFIG, load_config
from corridorkey_core.colour.convert import Transform, apply_matrix
from corridorkey_core.colour.space import ColourSpace, auto_space, resolve
from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.colour.tag import ColourTag, colour_tag

__all__ = [
    "BUILT_IN_CONFIG",
    "ColourSpace",
    "ColourTag",
    "Transform",
    "apply_matrix",
    "auto_space",
    "colour_tag",
    "linear_to_srgb",
    "load_config",
    "resolve",
    "srgb_to_linear",
]
