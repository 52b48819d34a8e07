"""Write: a picture into an EXR, through the real OpenImageIO."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from tests.nuke.stand_in import colours
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.compute import At, picture_of, resolved
from tests.nuke.stand_in.pixels.picture import Picture
from tests.nuke.stand_in.session import current

SHORT = {"red": "R", "green": "G", "blue": "B", "alpha": "A"}
COMPRESSIONS = {
    "none": "none",
    "Zip (1 scanline)": "zips",
    "Zip (16 scanlines)": "zip",
    "PIZ Wavelet (32 scanlines)": "piz",
    "RLE": "rle",
}
RGB = ("rgba.red", "rgba.green", "rgba.blue")


def write_frame(node: Node) -> str:
    """Write the frame and view that are looked at; returns the path. Raises `RuntimeError`."""
    at = At(node)
    path = node["file"].evaluate()
    if not path:
        raise RuntimeError(f"{node.fullName()}: no file is named")
    if (node["file_type"].value().strip() or Path(path).suffix[1:]) != "exr":
        raise NotImplementedError("the stand-in writes EXR only")
    if resolved(node.input(0)) is None:
        raise RuntimeError(f"{node.fullName()}: no input")
    picture = picture_of(resolved(node.input(0))).without_ring()
    if not node["raw"].value():
        picture = _in_file_space(at, picture)
    wanted = at.channels("channels", picture.names)
    named = [one for one in wanted if one in picture.channels]
    if not named:
        raise RuntimeError(f"{node.fullName()}: nothing is in {at.text('channels')!r}")
    folder = Path(path).parent
    if not folder.is_dir():
        if not node["create_directories"].value():
            raise RuntimeError(f"{path}: No such file or directory")
        folder.mkdir(parents=True)
    _write(at, path, picture, sorted(named, key=_order))
    return str(path)


def _order(channel: str) -> tuple[str, int]:
    layer, _, field = channel.rpartition(".")
    fields = list(SHORT)
    return ("" if layer == "rgba" else layer, fields.index(field) if field in fields else 9)


def _write(at: At, path: str, picture: Picture, channels: list[str]) -> None:
    height, width = picture.box.shape
    kind = "half" if at.text("datatype") == "16 bit half" else "float"
    spec = oiio.ImageSpec(width, height, len(channels), kind)
    spec.x, spec.y = picture.box.x, picture.format.height() - picture.box.t
    spec.full_x = spec.full_y = 0
    spec.full_width, spec.full_height = picture.format.width(), picture.format.height()
    spec.channelnames = tuple(_name(one) for one in channels)
    spec.attribute("compression", COMPRESSIONS[at.text("compression")])
    spec.attribute("PixelAspectRatio", picture.format.pixelAspect())
    for key, value in _metadata(at.text("metadata"), picture).items():
        spec.attribute(key, value)
    pixels = np.stack([picture.plane(one) for one in channels], axis=-1)
    output = oiio.ImageOutput.create(path)
    if not output or not output.open(path, spec) or not output.write_image(pixels):
        raise RuntimeError(f"{path}: {output.geterror() if output else oiio.geterror()}")
    if not output.close():
        raise RuntimeError(f"{path}: {output.geterror()}")


def _name(channel: str) -> str:
    layer, _, field = channel.rpartition(".")
    return SHORT.get(field, field) if layer == "rgba" else channel


def _metadata(how: str, picture: Picture) -> dict[str, object]:
    if how in ("no metadata", "default metadata"):
        return {}
    return {
        key.partition("/")[2] if key.startswith("exr/") else f"nuke/{key}": value
        for key, value in picture.metadata.items()
        if (key.startswith("exr/") or how == "all metadata")
        and key.rpartition("/")[2] not in ("compression", "PixelAspectRatio", "channels")
        and isinstance(value, str | int | float)
    }


def _in_file_space(at: At, picture: Picture) -> Picture:
    root = current().root
    config = root._colour_config()
    source = str(root["workingSpaceLUT"].value()) if config else "linear"
    target = at.text("colorspace")
    if target == "default":
        target = "scene_linear" if config else "linear"
    pixels = np.stack([picture.plane(name) for name in RGB], axis=-1)
    made = colours.converted(pixels, source, target, config)
    return picture.with_channels(
        {name: made[..., place] for place, name in enumerate(RGB) if name in picture.channels}
    )
