"""What a Corridor Key group remembers, in itself: sources, settings, and what is shown."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import bpy

from .setting_properties import settings_type

CACHE = "//corridorkey"
PLATES = (
    ("SOCKET", "From the Tree", "What is linked to the node's Plate input"),
    ("CLIP", "Movie Clip", "A clip of this file; its node is made and linked"),
    ("FILES", "Files", "A sequence on disk; its Image node is made and linked"),
)
HINTS = (
    ("AUTO", "Automatic", "What is linked to Alpha Hint; where nothing is, one is made"),
    ("MASK", "Mask", "A mask of this file, rendered at the plate's size"),
    ("SOCKET", "From the Tree", "What is linked to the node's Alpha Hint input, rendered"),
    ("FILES", "Files", "A sequence on disk, numbered as the plate"),
)
GUARDS = (
    ("KEY", "Key What Is Missing", "Frames that are not keyed, or not current, are keyed first"),
    ("STOP", "Stop", "Stop with a message where a frame is not keyed or not current"),
    ("IGNORE", "Ignore", "Render what is there; a missing frame is black"),
)
# Blender 4.5 and newer must be told that a path may begin with //.
RELATIVE = {"options": {"PATH_SUPPORTS_BLEND_RELATIVE"}} if bpy.app.version >= (4, 5) else {}

listeners: list[Callable[[Any, str], None]] = []
"""Who hears of a changed setting: the group's tree, and the parameter's name."""


def _changed(settings: Any, name: str) -> None:
    for listen in listeners:
        listen(settings.id_data, name)


KeySettings = settings_type("CorridorKeySettings", _changed)


def _choice(items: tuple[tuple[str, str, str], ...], name: str, words: str) -> Any:
    return bpy.props.EnumProperty(name=name, description=words, items=items)


def _path(name: str, words: str, subtype: str = "FILE_PATH", default: str = "") -> Any:
    return bpy.props.StringProperty(
        name=name, description=words, subtype=subtype, default=default, **RELATIVE
    )


SHOT_ANNOTATIONS = {
    "uid": bpy.props.StringProperty(options={"HIDDEN"}),
    "settings": bpy.props.PointerProperty(type=KeySettings),
    "plate_source": _choice(PLATES, "Plate", "Where the plate comes from"),
    "plate_clip": bpy.props.PointerProperty(type=bpy.types.MovieClip, name="Clip"),
    "plate_files": _path("Files", "One file of the sequence, or a pattern: plate.####.exr"),
    "hint_source": _choice(HINTS, "Alpha hint", "Where the rough matte comes from"),
    "hint_mask": bpy.props.PointerProperty(type=bpy.types.Mask, name="Mask"),
    "hint_files": _path("Files", "One file of the sequence, or a pattern: hint.####.exr"),
    "cache": _path("Cache", "Folder for keyed frames and rendered inputs", "DIR_PATH", CACHE),
    "live": bpy.props.BoolProperty(
        name="Live",
        default=True,
        description="Key the current frame anew while settings of matte and foreground are moved",
    ),
    "when_rendering": _choice(
        GUARDS, "When rendering", "What a render in the background does about frames not keyed"
    ),
    "stamp": bpy.props.StringProperty(options={"HIDDEN"}),
    "picture": bpy.props.StringProperty(options={"HIDDEN"}),
    "shown": bpy.props.StringProperty(options={"HIDDEN"}),
}


class CorridorKeyShot(bpy.types.PropertyGroup):
    """One shot: its sources, its settings, and where its results go."""

    __annotations__ = SHOT_ANNOTATIONS


CLASSES = (KeySettings, CorridorKeyShot)


def new_uid(name: str) -> str:
    """A name for a shot's folder that no other shot has."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', name).strip('_') or 'key'}_{uuid.uuid4().hex[:8]}"


def is_keyed_group(tree: Any) -> bool:
    """Whether a node tree is a Corridor Key group."""
    return bool(tree and tree.bl_idname == "CompositorNodeTree" and tree.corridorkey.uid)


def own_uid(tree: Any) -> str:
    """The uid of a group, a new one where it is a copy of another that keeps the old one."""
    uid: str = tree.corridorkey.uid
    rivals = [
        one.name
        for one in bpy.data.node_groups
        if one != tree and is_keyed_group(one) and one.corridorkey.uid == uid
    ]
    if rivals and min(rivals) < tree.name:
        tree.corridorkey.uid = new_uid(tree.name)
    return str(tree.corridorkey.uid)


def find_group(uid: str) -> Any:
    """The group with a uid; None where it is gone."""
    return next(
        (one for one in bpy.data.node_groups if is_keyed_group(one) and one.corridorkey.uid == uid),
        None,
    )


def register() -> None:
    """Register the properties, and give every node tree a place for them."""
    for one in CLASSES:
        bpy.utils.register_class(one)
    bpy.types.NodeTree.corridorkey = bpy.props.PointerProperty(type=CorridorKeyShot)


def unregister() -> None:
    """Take them away again."""
    del bpy.types.NodeTree.corridorkey
    for one in reversed(CLASSES):
        bpy.utils.unregister_class(one)
