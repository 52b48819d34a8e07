"""Picture files of every kind, written by OpenImageIO for tests that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio

from corridorkey_core.frames import Pixels, Plate, Window
from corridorkey_core.read import read_plate

NAMES = {"uint8": "uint8", "uint16": "uint16", "float16": "half", "float32": "float"}


def noise(
    dtype: str, height: int = 24, width: int = 32, channels: int = 3, seed: int = 1
) -> Pixels:
    """Every code of an integer type is possible; floats are -0.5 to 4."""
    random = np.random.default_rng(seed)
    size = (height, width, channels)
    if dtype.startswith("uint"):
        return random.integers(0, np.iinfo(dtype).max, size, dtype=dtype, endpoint=True)
    return (random.random(size) * 4.5 - 0.5).astype(dtype)


def part(
    pixels: Pixels,
    channels: Sequence[str] = (),
    *,
    data: tuple[int, int] = (0, 0),
    display: Window | None = None,
    kind: str = "",
    **facts: Any,
) -> tuple[oiio.ImageSpec, Pixels]:
    """A part of a file; `facts` are attributes, a value or (type, value); `__` means a colon."""
    height, width, count = pixels.shape
    spec = oiio.ImageSpec(width, height, count, kind or NAMES[pixels.dtype.name])
    if channels:
        spec.channelnames = tuple(channels)
    spec.x, spec.y = data
    shown = display or Window(*data, width, height)
    spec.full_x, spec.full_y = shown.x, shown.y
    spec.full_width, spec.full_height = shown.width, shown.height
    for name, value in facts.items():
        typed = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str)
        own = (oiio.TypeDesc(value[0]), value[1]) if typed else (value,)
        spec.attribute(name.replace("__", ":"), *own)
    return spec, pixels


def write(path: Path, pixels: Pixels, channels: Sequence[str] = (), **facts: Any) -> Path:
    """A file of one part."""
    return write_parts(path, part(pixels, channels, **facts))


def write_parts(path: Path, *parts: tuple[oiio.ImageSpec, Pixels]) -> Path:
    """A file of several parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    output = opener(path)
    specs = tuple(spec for spec, _pixels in parts)
    opened = output.open(str(path), specs) if len(specs) > 1 else output.open(str(path), specs[0])
    assert opened, output.geterror()
    for index, (spec, pixels) in enumerate(parts):
        if index:
            assert output.open(str(path), spec, "AppendSubimage"), output.geterror()
        assert output.write_image(pixels), output.geterror()
    assert output.close()
    return path


def opener(path: Path) -> oiio.ImageOutput:
    output = oiio.ImageOutput.create(str(path))
    assert output is not None, oiio.geterror()
    return output


def write_deep(path: Path) -> Path:
    spec = oiio.ImageSpec(8, 8, 4, "half")
    spec.deep = True
    spec.channelnames = ("R", "G", "B", "Z")
    output, data = opener(path), oiio.DeepData()
    data.init(spec)
    assert output.open(str(path), spec)
    assert output.write_deep_image(data)
    assert output.close()
    return path


def cut_short(path: Path, keep: float) -> Path:
    """A copy of a file with only a part of its bytes."""
    data = path.read_bytes()
    short = path.with_name(f"short{path.name}")
    short.write_bytes(data[: int(len(data) * keep)])
    return short


def values(attributes: Sequence[Any]) -> Mapping[str, Any]:
    return {item.name: item.value for item in attributes}


def _by_type(is_float: bool, tag: str | None) -> str:
    return tag or ("float" if is_float else "integer")


def plate_of(path: Path, layer: str = "") -> Plate:
    """The plate in a file, as frame 7; its space is its tag, else says whether it is float."""
    return read_plate(str(path), 7, layer, _by_type)
