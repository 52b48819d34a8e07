"""The node group: a plain one, which renders the same where the add-on is not installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from corridorkey_plugin.host import Result

from .frame_mapping import FrameMapping
from .numbered_files import path_at
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
    source, matte = "FILE" if still else "SEQUENCE", Path(result.path("matte"))
    shown, shot = _matte_of(tree), tree.corridorkey
    if shown is None or shown.parent != matte.parent or tree.nodes["Matte"].image.source != source:
        shot.picture = _stored(matte.as_posix())
    for name in PASSES:
        tree.nodes[name].image.source = source
        mapping.apply(tree.nodes[name])
    read_anew(tree)


def read_anew(tree: Any) -> None:
    """Have the group's images read what the group says it shows.

    An undo brings the group back and leaves the images as they are, which no undo step knew of.
    """
    picture = tree.corridorkey.picture
    for name, kind in PASSES.items():
        image = tree.nodes[name].image
        wanted = f"/{kind}/".join(picture.rsplit("/matte/", 1))
        if image.filepath != wanted:
            image.filepath = wanted
        image.reload()


def shown_file(tree: Any, frame: int) -> Path | None:
    """The matte that the group shows at a frame of the scene; None where it shows nothing yet."""
    path, node = _matte_of(tree), tree.nodes["Matte"]
    if path is None or node.image.source == "FILE":
        return path
    return path_at(path, FrameMapping.of(node).number(frame))


def follow_images(tree: Any) -> None:
    """Have the group name what its images read: Blender keeps their paths when a file is moved."""
    path = tree.nodes["Matte"].image.filepath
    if path and tree.corridorkey.picture != path:
        tree.corridorkey.picture = path


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


def _matte_of(tree: Any) -> Path | None:
    """The matte's file that the group names; one of a sequence stands for all."""
    picture = tree.corridorkey.picture
    return Path(bpy.path.abspath(picture, library=tree.library)) if picture else None


def _stored(path: str) -> str:
    """A path as the file keeps it: relative where both lie in one folder, so that it may move."""
    if not bpy.data.is_saved:
        return path
    folder = Path(bpy.data.filepath).parent
    is_beside = folder in Path(path).parents
    return bpy.path.relpath(path).replace("\\", "/") if is_beside else path
