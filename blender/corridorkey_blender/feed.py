"""The plate that an artist chose in the sidebar, as a node of the tree that feeds the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from corridorkey_core.errors import SettingsError
from corridorkey_core.sequence import MOVIES, find_sequence

from .frame_mapping import FrameMapping
from .keyed_nodes import KeyedNode
from .node_group import PLATE
from .plate import pattern_of

LEFT_OF_THE_KEY = 350.0
CLIP_NODE, IMAGE_NODE = "CompositorNodeMovieClip", "CompositorNodeImage"


def link_chosen_plate(place: KeyedNode) -> None:
    """Link the clip or the files that were chosen; does nothing where they are, or none were.

    Raises a `CorridorKeyError` where what was chosen is not there.
    """
    shot = place.shot
    if shot.plate_source == "CLIP":
        _link(place, _clip_node(place, shot.plate_clip))
    elif shot.plate_source == "FILES":
        _link(place, _files_node(place, shot.plate_files))


def _link(place: KeyedNode, node: Any) -> None:
    plate = place.node.inputs[PLATE]
    if not plate.is_linked or plate.links[0].from_node != node:
        place.tree.links.new(node.outputs["Image"], plate)


def _clip_node(place: KeyedNode, clip: Any) -> Any:
    if clip is None:
        raise SettingsError("No movie clip is chosen for the plate.")
    nodes = (node for node in place.tree.nodes if node.bl_idname == CLIP_NODE)
    found = next((node for node in nodes if node.clip == clip), None)
    if found is None:
        found = _new_node(place, CLIP_NODE)
        found.clip = clip
    return found


def _files_node(place: KeyedNode, text: str) -> Any:
    if not text.strip():
        raise SettingsError("No files are chosen for the plate.")
    pattern, start = pattern_of(text), place.scene.frame_start
    if pattern.lower().endswith(MOVIES):
        node = _image_node(place, pattern, lambda _node: True)
        if node.frame_duration != node.image.frame_duration:  # as a new node has it
            node.frame_start, node.frame_duration = start, node.image.frame_duration
        return node
    sequence = find_sequence(pattern)
    first = sequence.path(sequence.frames[0])
    if sequence.is_still:
        return _image_node(place, first, lambda _node: True)
    node = _image_node(
        place, first, lambda one: FrameMapping.of(one).number(start) in sequence.frames
    )
    if node.image.source != "SEQUENCE":
        node.image.source = "SEQUENCE"
        _counted(sequence.frames, place.scene).apply(node)
    return node


def _image_node(place: KeyedNode, file: str, suits: Callable[[Any], bool]) -> Any:
    """The Image node that shows a file, or the sequence that it is of; a new one where none does.

    Raises `SettingsError` where Blender cannot read the file.
    """
    for node in place.tree.nodes:
        if node.bl_idname == IMAGE_NODE and node.image and _is_of(node.image, file) and suits(node):
            return node
    try:
        image = bpy.data.images.load(file, check_existing=False)
    except RuntimeError as error:
        raise SettingsError(f"Blender cannot read the plate {file}: {error}") from error
    found = _new_node(place, IMAGE_NODE)
    found.image = image
    found.use_auto_refresh = True
    return found


def _is_of(image: Any, file: str) -> bool:
    shown = Path(bpy.path.abspath(image.filepath))
    is_sequence = image.source == "SEQUENCE"
    return pattern_of(str(shown)) == pattern_of(file) if is_sequence else shown == Path(file)


def _counted(frames: tuple[int, ...], scene: Any) -> FrameMapping:
    """By their own numbers where the scene's frames have them, else from the scene's first on."""
    first, last = frames[0], frames[-1]
    if first <= scene.frame_end and scene.frame_start <= last:
        return FrameMapping(1, 0, last)
    return FrameMapping(scene.frame_start, first - 1, last - first + 1)


def _new_node(place: KeyedNode, kind: str) -> Any:
    node = place.tree.nodes.new(kind)
    x, y = place.node.location
    node.location = (x - LEFT_OF_THE_KEY, y)
    return node
