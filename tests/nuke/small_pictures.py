"""Small pictures in files, for Reads of the stand-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from tests.nuke.stand_in.desk import Desk
from tests.nuke.stand_in.pixels.picture import Box, Picture

SIZE = (8, 6)  # width, height


def write(path: Path, channels: dict[str, np.ndarray], box: Box | None = None) -> str:
    """An EXR of a small format, its pixels over a box whose y counts from the bottom."""
    planes = list(channels.values())
    height, width = planes[0].shape
    spec = oiio.ImageSpec(width, height, len(planes), "float")
    box = box or Box(0, 0, *SIZE)
    spec.x, spec.y = box.x, SIZE[1] - box.t
    spec.full_x = spec.full_y = 0
    spec.full_width, spec.full_height = SIZE
    spec.channelnames = tuple(channels)
    spec.attribute("PixelAspectRatio", 2.0)
    spec.attribute("FramesPerSecond", 25.0)
    spec.attribute("Artist", "me")
    output = oiio.ImageOutput.create(str(path))
    assert output is not None
    assert output.open(str(path), spec)
    assert output.write_image(np.stack(planes, axis=-1).astype(np.float32))
    output.close()
    return path.as_posix()


def noise(seed: int = 0, shape: tuple[int, int] = (SIZE[1], SIZE[0])) -> np.ndarray:
    return np.random.default_rng(seed).random(shape, np.float32)


def read_of(desk: Desk, folder: Path) -> Any:
    """A Read of noise in four channels, and one of a layer."""
    channels = {name: noise(at) for at, name in enumerate("RGBA")}
    channels["fg.R"] = noise(9)
    return desk.nuke.nodes.Read(file=write(folder / "plate.exr", channels), raw=True)


def red(picture: Picture) -> np.ndarray:
    """Its red channel."""
    return picture.plane("rgba.red")


def sequence(desk: Desk, folder: Path, frames: dict[int, float], **knobs: Any) -> Any:
    """A Read of frames 2 to 4, of which some are there, each of one value."""
    for frame, value in frames.items():
        write(folder / f"s.{frame:04d}.exr", {"R": np.full((SIZE[1], SIZE[0]), value)})
    return desk.nuke.nodes.Read(
        file=f"{folder.as_posix()}/s.####.exr", raw=True, first=2, last=4, **knobs
    )
