"""Path-traced subjects: hair, fur and grass grown in three dimensions, lit, focused and moved.

Rendered by `examples/make_sample/held_out.py` with Blender's Cycles, from nothing but its own
script; Apache-2.0, like everything here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from benchmarks.held_out.layer import Layer, single

FOLDER = Path(__file__).resolve().parent / "rendered"
NAMES = ("brown", "curls", "blond", "fur", "ginger", "thrown", "straw")
CHANNELS = ("R", "G", "B", "A", "spill.R", "spill.G", "spill.B")


def rendered(name: str) -> Layer:
    """One of `NAMES`, 640 × 400; raises RuntimeError where its file cannot be read."""
    path = FOLDER / f"{name}.exr"
    picture = oiio.ImageBuf(str(path))
    if picture.has_error:
        raise RuntimeError(f"{path}: {picture.geterror()}")
    order = [picture.spec().channelnames.index(channel) for channel in CHANNELS]
    pixels = np.asarray(picture.get_pixels(oiio.FLOAT), np.float32)[..., order]
    return Layer(single(pixels[..., 3]), single(pixels[..., :3]), single(pixels[..., 4:]))
