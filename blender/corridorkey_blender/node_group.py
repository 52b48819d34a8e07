"""The node group: a plain one, which renders the same where the add-on is not installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from corridorkey_plugin.host import Result

from .frame_mapping import FrameMapping
from .shot_properties import new_uid
from .versions import TREE, multiply_by_alpha, tag_colour, tag_data

NAME = "Corridor Key"
PLATE, HINT = "Plate", "Alpha Hint"
COLOUR, NUMBER = "NodeSocketColor", "NodeSocketFloat"
INPUTS = ((PLATE, COLOUR), (HINT, NUMBER))
OUTPUTS = (("Image", COLOUR), ("Foreground", COLOUR), ("Matte", NUMBER), (PLATE, COLOUR))
PASSES = {"Foreground": "fg", "Matte": "matte"}  # the Image nodes, and the pass that each shows


def make_group() -> Any:
    """A new group of its own: two sequences that are keyed later, and what is made of them."""
    tree = bpy.data.node_groups.new(NAME, TREE)
    tree.corridorkey.uid = new_uid(tree.name)
    _add_sockets(tree)
    source, sink = _node(tree, "NodeGroupInput", -300, -250), _node(tree, "NodeGroupOutput", 400, 0)
    premultiply = _node(tree, "CompositorNodeSetAlpha", 180, 120, "Premultiply")
    multiply_by_alpha(premultiply)
    foreground = _image_node(tree, "Foreground", 150)
    matte = _image_node(tree, "Matte", -200)
    for output, socket in (
        (foreground.outputs["Image"], premultiply.inputs["Image"]),
        (matte.outputs["Image"], premultiply.inputs["Alpha"]),
        (premultiply.outputs["Image"], sink.inputs["Image"]),
        (foreground.outputs["Image"], sink.inputs["Foreground"]),
        (matte.outputs["Image"], sink.inputs["Matte"]),
        (source.outputs[PLATE], sink.inputs[PLATE]),
    ):
        tree.links.new(output, socket)
    return tree


def show(tree: Any, result: Result, mapping: FrameMapping, *, still: bool) -> None:
    """Show a finished frame: its files are read anew, and counted as the plate is."""
    for name, kind in PASSES.items():
        node = tree.nodes[name]
        _point(node.image, result.path(kind), still=still)
        mapping.apply(node)


def shown_file(tree: Any, mapping: FrameMapping, frame: int) -> Path | None:
    """The matte that the group shows at a frame of the scene; None where it shows nothing yet."""
    image = tree.nodes["Matte"].image
    if not image.filepath:
        return None
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    if image.source == "FILE":
        return path
    head, number, tail = path.name.rsplit(".", 2)
    return path.with_name(f"{head}.{mapping.number(frame):0{len(number)}d}.{tail}")


def _add_sockets(tree: Any) -> None:
    for sockets, direction in ((INPUTS, "INPUT"), (OUTPUTS, "OUTPUT")):
        for name, kind in sockets:
            socket = tree.interface.new_socket(name=name, in_out=direction, socket_type=kind)
            if direction == "INPUT":
                socket.hide_value = True


def _node(tree: Any, kind: str, x: float, y: float, name: str = "") -> Any:
    node = tree.nodes.new(kind)
    node.location = (x, y)
    if name:
        node.name = node.label = name
    return node


def _image_node(tree: Any, name: str, y: float) -> Any:
    node = _node(tree, "CompositorNodeImage", -100, y, name)
    image = bpy.data.images.new(f"{tree.name} {name.lower()}", 1, 1)
    image.source = "SEQUENCE"
    (tag_colour if name == "Foreground" else tag_data)(image)
    node.image = image
    FrameMapping().apply(node)
    return node


def _point(image: Any, path: str, *, still: bool) -> None:
    """Have an image read from where `path` is; one file of a sequence stands for all."""
    shown = Path(bpy.path.abspath(image.filepath)) if image.filepath else Path()
    source = "FILE" if still else "SEQUENCE"
    if shown.parent != Path(path).parent or image.source != source:
        image.source = source
        image.filepath = _stored(path)
    image.reload()


def _stored(path: str) -> str:
    """A path as the file keeps it: relative where both lie in one folder, so that it may move."""
    if not bpy.data.is_saved:
        return path
    folder = Path(bpy.data.filepath).parent
    return bpy.path.relpath(path) if folder in Path(path).parents else path
