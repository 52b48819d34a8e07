"""Read: which file a frame is, and its pixels, through the real OpenImageIO.

A file that was read is kept, and so is that there was none: another picture under the same path is
seen only after the node's `reload` was pressed, as in Nuke.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from tests.nuke.stand_in import channel_names, colours
from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.knobs.text import with_frame, with_view
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.boxes import resampled
from tests.nuke.stand_in.pixels.compute import At, full_or_proxy, operation, proxy_scale
from tests.nuke.stand_in.pixels.picture import Box, Picture, black, box_of
from tests.nuke.stand_in.session import current

FIELDS = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}
RGB = ("rgba.red", "rgba.green", "rgba.blue")


@operation("Read")
def read(at: At) -> Picture:
    """The file of the frame that is looked at, in the script's working space unless it is raw."""
    path = file_now(at.node)
    if path is None:
        return black(full_or_proxy(_shape(at.node)))
    found = _kept(at.node, path)
    if found is None:
        found = _instead(at, path)
    picture = _edged(at, _proxied(_with_shape(at.node, found)))
    picture = picture if at.node["raw"].value() else _in_working_space(at, picture)
    if at.node["auto_alpha"].value() and "rgba.alpha" not in picture.channels:
        picture = picture.with_channels({"rgba.alpha": np.ones(picture.box.shape, np.float32)})
    return picture


def file_now(node: Node) -> str | None:
    """The file that a Read has for the frame that is looked at; None is black."""
    frame = _frame_now(node)
    return None if frame is None else file_at(node, frame)


def file_at(node: Node, frame: int) -> str:
    """The file of one of its own frames."""
    if node["frame_mode"].value() != "expression" or node["frame"].value():
        raise NotImplementedError("the stand-in knows no `frame` of a Read")
    with current().looking_at(frame, current().moment.view):
        pattern = node["file"].getEvaluatedValue()
    return with_frame(with_view(pattern, current().moment.view), frame)


def _frame_now(node: Node) -> int | None:
    frame = int(current().moment.frame)
    first, last = int(node["first"].value()), int(node["last"].value())
    if first <= frame <= last:
        return frame
    how, end = (node["before"].value(), first) if frame < first else (node["after"].value(), last)
    length = last - first + 1
    if how == "hold":
        return end
    if how == "loop":
        return first + (frame - first) % length
    if how == "black":
        return None
    place = (frame - first) % max(1, 2 * length - 2)
    return first + min(place, 2 * length - 2 - place)


def _kept(node: Node, path: str) -> Picture | None:
    session = current()
    key = (node, path, session.reloads.get(node.fullName(), 0))
    if key not in session.files:
        session.files[key] = load(path) if Path(path).is_file() else None
    found: Picture | None = session.files[key]
    return found


def _instead(at: At, path: str) -> Picture:
    how = at.text("on_error")
    if how == "error":
        raise RuntimeError(f"{at.node.fullName()}: {path}: No such file or directory")
    if how == "nearest frame":
        near = _nearest(at.node)
        if near is not None:
            return near
        raise RuntimeError(f"{at.node.fullName()}: {path}: No such file or directory")
    empty = black(_shape(at.node))
    if how == "black":
        return empty.with_channels({name: np.float32(0.0) for name in channel_names.RGBA})
    rows, columns = np.indices(empty.box.shape) // 8
    squares = np.where((rows + columns) % 2, np.float32(0.5), np.float32(0.2))
    return empty.with_channels(dict.fromkeys(RGB, squares))


def _nearest(node: Node) -> Picture | None:
    frame = int(current().moment.frame)
    frames = range(int(node["first"].value()), int(node["last"].value()) + 1)
    for near in sorted(frames, key=lambda one: (abs(one - frame), one)):
        found = _kept(node, file_at(node, near))
        if found is not None:
            return found
    return None


def load(path: str) -> Picture:
    """A file's pixels and metadata as they are; raises `RuntimeError` for a damaged one."""
    source = oiio.ImageInput.open(path)
    if source is None:
        raise RuntimeError(f"{path}: {oiio.geterror()}")
    try:
        spec = source.spec()
        pixels = source.read_image(oiio.FLOAT)
        if pixels is None:
            raise RuntimeError(f"{path}: {source.geterror()}")
    finally:
        source.close()
    return _picture(path, spec, np.asarray(pixels, np.float32))


def _picture(path: str, spec: oiio.ImageSpec, pixels: np.ndarray) -> Picture:
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    shape = Format(spec.full_width, spec.full_height, pa=aspect)
    top = spec.full_height - (spec.y - spec.full_y)
    left = spec.x - spec.full_x
    box = Box(left, top - spec.height, left + spec.width, top)
    pixels = pixels.reshape(spec.height, spec.width, spec.nchannels)
    planes = {
        _channel(name, spec.nchannels): pixels[..., place]
        for place, name in enumerate(spec.channelnames)
    }
    for name in planes:
        layer = name.rpartition(".")[0]
        if name not in channel_names.layers().get(layer, ()):
            channel_names.add_layer(layer, (name,))
    return Picture(shape, box, planes, _metadata(path, spec))


def _channel(name: str, count: int) -> str:
    """Digits before a part go, other marks become `_`, layers are joined; see `sources: exr`."""
    parts = [re.sub(r"\W", "_", one.lstrip("0123456789")) for one in name.split(".", 2)]
    *layers, field = [one for one in parts if one]
    if not layers and field == "Y":
        raise NotImplementedError(f"what Nuke makes of a channel Y of {count} is not known here")
    return f"{'_'.join(layers) or 'rgba'}.{FIELDS.get(field, field)}"


def _metadata(path: str, spec: oiio.ImageSpec) -> dict[str, object]:
    found: dict[str, object] = {
        "input/filename": path,
        "input/filereader": Path(path).suffix[1:],
        "input/width": spec.full_width,
        "input/height": spec.full_height,
        "input/bitsperchannel": str(spec.format),
    }
    rate = spec.get("FramesPerSecond")
    if rate is not None:
        found["input/frame_rate"] = rate[0] / rate[1] if isinstance(rate, tuple) else rate
    for attribute in spec.extra_attribs:
        if isinstance(attribute.value, str | int | float):
            found[f"exr/{attribute.name}"] = attribute.value
    return found


def _shape(node: Node) -> Format:
    set_by_hand = node["format"].actualValue()
    if isinstance(set_by_hand, Format):
        return set_by_hand
    known = [
        one for (owner, _, _), one in current().files.items() if owner is node and one is not None
    ]
    return known[-1].format if known else current().root._format()


def _with_shape(node: Node, picture: Picture) -> Picture:
    set_by_hand = node["format"].actualValue()
    return replace(picture, format=set_by_hand) if isinstance(set_by_hand, Format) else picture


def _proxied(picture: Picture) -> Picture:
    scale = proxy_scale()
    if scale == 1.0:
        return picture
    shape = full_or_proxy(picture.format)
    box = Box(*(round(one * scale) for one in _sides(picture.box)))
    planes = {name: resampled(picture.plane(name), box.shape) for name in picture.names}
    return Picture(shape, box, planes, picture.metadata)


def _edged(at: At, picture: Picture) -> Picture:
    """A data window that is not the format gets a black pixel around it, unless told otherwise."""
    knob = at.node.knob("edge_pixels")
    how = knob.value() if knob is not None else "plate detect"
    if how == "edge detect":
        raise NotImplementedError("the stand-in knows no edge detect")
    is_plate = how == "plate detect" and picture.box == box_of(picture.format)
    return picture if how == "repeat" or is_plate else picture.ringed()


def _sides(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.r, box.t


def _in_working_space(at: At, picture: Picture) -> Picture:
    if not set(RGB) <= set(picture.channels):
        return picture
    root = current().root
    config = root._colour_config()
    is_float = str(picture.metadata["input/bitsperchannel"]) in ("half", "float")
    source = at.text("colorspace")
    if source == "default":
        encoded = "sRGB - Texture" if config else "sRGB"
        source = ("scene_linear" if config else "linear") if is_float else encoded
    target = str(root["workingSpaceLUT"].value()) if config else "linear"
    pixels = np.stack([picture.plane(name) for name in RGB], axis=-1)
    made = colours.converted(pixels, source, target, config)
    return picture.with_channels({name: made[..., place] for place, name in enumerate(RGB)})
