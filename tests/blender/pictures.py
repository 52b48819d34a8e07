"""What came of a shot, read by OpenImageIO: the engine's results, and what Blender made of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio
from numpy.typing import NDArray

Picture = NDArray[np.float32]
BACKGROUND = np.array((0.25, 1.5, 0.125, 1.0), np.float32)


def pixels(path: Path) -> Picture:
    """A file's pixels as they are, [H, W, C]."""
    picture = oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT)
    assert picture is not None, oiio.geterror()
    return np.asarray(picture, np.float32)


def read(folder: Path, number: int) -> tuple[Picture, Picture]:
    """The straight foreground [H, W, 3] and the matte [H, W, 1] of a frame, keyed last."""
    found = folder.glob(f"corridorkey/*/*/matte/*.{number}.exr")
    matte = max(found, key=lambda path: path.stat().st_mtime_ns)
    return pixels(matte.parent.parent / "fg" / matte.name), pixels(matte)


def over_background(folder: Path, number: int) -> tuple[Picture, Picture]:
    """What Blender rendered of a frame, and what the arithmetic makes of the engine's results."""
    foreground, alpha = read(folder, number)
    straight = np.concatenate([foreground, np.ones_like(alpha)], axis=2)
    composite = pixels(folder / f"out/picture.{number}.exr")
    return composite, straight * alpha + BACKGROUND * (1 - alpha)
