"""The plate that an artist chose in the sidebar, as a node of the tree that feeds the key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from corridorkey_core.errors import SettingsError
from corridorkey_core.sequence import Sequence, find_sequence

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
    sequence = find_sequence(pattern_of(text))
    first = sequence.path(sequence.frames[0])
    nodes = (node for node in place.tree.nodes if node.bl_idname == IMAGE_NODE and node.image)
    found = next((node for node in nodes if _shows(node, first, sequence, place.scene)), None)
    if found is None:
        found = _new_node(place, IMAGE_NODE)
        found.image = bpy.data.images.load(first, check_existing=False)
        if sequence.is_movie or not sequence.is_still:
            found.image.source = "MOVIE" if sequence.is_movie else "SEQUENCE"
        _counted(sequence, place.scene).apply(found)
    return found


def _shows(node: Any, first: str, sequence: Sequence, scene: Any) -> bool:
    """Whether a node shows these files, from where the scene begins."""
    shown = Path(bpy.path.abspath(node.image.filepath))
    if sequence.is_still or sequence.is_movie:
        return shown == Path(first)
    is_it = node.image.source == "SEQUENCE" and pattern_of(str(shown)) == pattern_of(first)
    return is_it and FrameMapping.of(node).number(scene.frame_start) in sequence.frames


def _counted(sequence: Sequence, scene: Any) -> FrameMapping:
    """By their own numbers where the scene's frames have them, else from the scene's first on."""
    first, last = sequence.frames[0], sequence.frames[-1]
    if sequence.is_movie or sequence.is_still:
        return FrameMapping(scene.frame_start, 0, last)
    if first <= scene.frame_end and scene.frame_start <= last:
        return FrameMapping(1, 0, last)
    return FrameMapping(scene.frame_start, first - 1, last - first + 1)


def _new_node(place: KeyedNode, kind: str) -> Any:
    node = place.tree.nodes.new(kind)
    x, y = place.node.location
    node.location = (x - LEFT_OF_THE_KEY, y)
    return node
