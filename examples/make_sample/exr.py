"""Writes the sample's frames: half EXR with a shot's metadata, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio

FIRST, RATE = 1001, 24
REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)


def time_code(number: int) -> int:
    """SMPTE time code 10:00:00:00 at the first frame, as binary-coded decimals."""
    seconds, frames = divmod(number - FIRST, RATE)
    return 0x10 << 24 | _decimal(seconds) << 8 | _decimal(frames)


def _decimal(value: int) -> int:
    return value // 10 << 4 | value % 10


def write(path: Path, picture: npt.NDArray[np.float32], compression: str, number: int) -> None:
    """Write [H, W] as channel Y or [H, W, 3] as RGB; raises SystemExit where it cannot."""
    pixels = np.ascontiguousarray(np.atleast_3d(picture), np.float16)
    height, width, channels = pixels.shape
    spec = oiio.ImageSpec(width, height, channels, oiio.HALF)
    spec.channelnames = ("Y",) if channels == 1 else ("R", "G", "B")
    spec.attribute("compression", compression)
    spec.attribute("FramesPerSecond", oiio.TypeDesc("rational"), (RATE, 1))
    spec.attribute("smpte:TimeCode", oiio.TypeDesc("timecode"), (time_code(number), 0))
    spec.attribute("PixelAspectRatio", 1.0)
    spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), REC709)
    spec.attribute("DateTime", "2026:11:24 10:00:00")
    spec.attribute("Software", "Corridor Key sample shot, Blender Cycles")
    spec.attribute("Copyright", "The Corridor Key for compositors authors; Apache-2.0")
    spec.attribute("reelName", "SAMPLE_A001")
    path.parent.mkdir(parents=True, exist_ok=True)
    output = oiio.ImageOutput.create(str(path))
    if output is None:
        raise SystemExit(f"{path}: {oiio.geterror()}")
    if not (output.open(str(path), spec) and output.write_image(pixels) and output.close()):
        raise SystemExit(f"{path}: {output.geterror()}")
