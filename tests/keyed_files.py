"""Keyed frames of noise, their files, and what is in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from corridorkey_core.frames import Header, KeyedFrame, Pixels, Window
from corridorkey_core.outputs import plan_outputs
from corridorkey_core.read.picture import open_picture
from corridorkey_core.settings import Settings
from corridorkey_core.write import write_keyed

TYPES = {"half": np.float16, "float": np.float32, "8": np.uint8, "16": np.uint16, "10": np.uint16}
CHANNELS = {"matte": 1, "fg": 3, "processed": 4}
WHOLE = Header(Window(0, 0, 40, 30), Window(0, 0, 40, 30))


def keyed_frame(
    depth: str = "half", header: Header = WHOLE, space: str = "linear", seed: int = 0
) -> KeyedFrame:
    """Noise in every pass; floats have negatives, highlights and colour where alpha is 0."""
    rng = np.random.default_rng(seed)
    size = (header.data.height, header.data.width)
    kind = TYPES[depth]

    def noise(channels: int) -> Pixels:
        if depth in ("8", "10", "16"):
            raw = rng.bytes(size[0] * size[1] * channels * np.dtype(kind).itemsize)
            return np.frombuffer(raw, kind).reshape(*size, channels)
        return (rng.standard_normal((*size, channels)) * 3).astype(kind)

    passes = {name: noise(count) for name, count in CHANNELS.items()}
    passes["comp"] = rng.integers(0, 255, (*size, 3), np.uint8, endpoint=True)
    return KeyedFrame(12, header, space, passes)


def write(folder: Path, keyed: KeyedFrame, **settings: Any) -> dict[str, Path]:
    """Write a frame as settings ask for, and see that no other file was left; the passes' files."""
    plan = plan_outputs(folder, "shot", Settings.from_mapping(settings))
    written = [part() for part in write_keyed(keyed, plan)]
    paths = plan.paths(keyed.number)
    assert sorted(written) == sorted(set(paths.values()))
    everything = {path for path in folder.rglob("*") if path.is_file()}
    assert everything == set(written)
    return paths


def stored(path: Path) -> tuple[oiio.ImageSpec, dict[str, Pixels]]:
    """The header and the numbers in a file, by channel, in its own type."""
    with open_picture(str(path), 0) as picture:
        part = picture.parts[0]
        pixels = picture.pixels(part, part.channels)
        return picture.source.spec(0, 0), {
            name: pixels[..., index] for index, name in enumerate(part.channels)
        }
