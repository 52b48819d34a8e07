"""Makes the shipped files of rendered subjects, small: one half EXR a subject.

    python benchmarks/held_out/pack.py RENDERED_FOLDER

Alpha is rounded to 1/512 and colours to six bits of fraction; what is shipped is the truth.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.held_out.layer import AnyArray, Array, single  # noqa: E402
from benchmarks.held_out.rendered import CHANNELS, FOLDER, NAMES  # noqa: E402

_STEPS = 512
_DROPPED = 0xFFFF << 4 & 0xFFFF  # keeps six of a half's ten bits of fraction


def packed(folder: Path, name: str) -> Array:
    """Channels of `CHANNELS`, [H, W, 7], from the three renders of a subject."""
    alpha = _read(folder / f"{name}.alpha.exr")[..., 3:]
    alpha = np.round(np.clip(alpha, 0.0, 1.0) * _STEPS) / _STEPS
    colour, spill = (
        _straight(_read(folder / f"{name}.{what}.exr")) for what in ("colour", "spill")
    )
    seen = alpha > 0.0
    rounded = [_coarse(each * seen) for each in (colour, spill)]
    return single(np.concatenate([rounded[0], alpha, rounded[1]], axis=2))


def _straight(layer: AnyArray) -> AnyArray:
    """Colour of a premultiplied layer, filled in around it from what there is nearby."""
    colour, weight = layer[..., :3], np.clip(layer[..., 3:], 0.0, 1.0)
    shown = np.where(weight > 0.02, colour, 0.0)
    known = np.where(weight > 0.02, weight, 0.0)
    for reach in (1, 2, 4, 8):
        shown, known = shown + 1e-3 * _around(shown, reach), known + 1e-3 * _around(known, reach)
    return np.clip(shown / np.maximum(known, 1e-9), 0.0, 4.0)


def _around(picture: AnyArray, reach: int) -> AnyArray:
    total = np.zeros_like(picture)
    for rows in (-reach, 0, reach):
        for columns in (-reach, 0, reach):
            total += np.roll(picture, (rows, columns), (0, 1))
    return total


def _coarse(colour: AnyArray) -> AnyArray:
    bits = np.maximum(colour, 0.0).astype(np.float16).view(np.uint16)
    kept: AnyArray = (bits & _DROPPED).view(np.float16)
    return kept


def _read(path: Path) -> AnyArray:
    picture = oiio.ImageBuf(str(path))
    if picture.has_error:
        raise SystemExit(f"{path}: {picture.geterror()}")
    return np.asarray(picture.get_pixels(oiio.FLOAT), np.float32)


def write(path: Path, pixels: Array) -> None:
    """One EXR; raises SystemExit where it cannot be written."""
    height, width, channels = pixels.shape
    spec = oiio.ImageSpec(width, height, channels, oiio.HALF)
    spec.channelnames = CHANNELS
    spec.attribute("compression", "zip")
    spec.attribute("DateTime", "2026:11:24 18:00:00")
    spec.attribute("Software", "Corridor Key held-out subjects, Blender Cycles")
    spec.attribute("Copyright", "The Corridor Key for compositors authors; Apache-2.0")
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        raise SystemExit(f"{path}: {oiio.geterror()}")
    if not (output.open(str(path), spec) and output.write_image(pixels) and output.close()):
        raise SystemExit(f"{path}: {output.geterror()}")


def main() -> None:
    """Pack every subject."""
    for name in NAMES:
        write(FOLDER / f"{name}.exr", packed(Path(sys.argv[1]), name))


if __name__ == "__main__":
    main()
