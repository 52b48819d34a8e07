"""The plate of a node: files that the engine reads itself, or pictures that Blender renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from corridorkey_plugin.host import Source

from corridorkey_core.errors import SettingsError
from corridorkey_core.sequence import MOVIES, find_sequence

from .frame_mapping import FrameMapping
from .keyed_nodes import KeyedNode, source_of
from .node_group import PLATE
from .numbered_files import number_of, pattern_of_file
from .versions import LINEAR_REC709

# The spaces that mean the same to Blender and to the engine; all others Blender converts itself.
SPACES = {"sRGB": "srgb", **dict.fromkeys(LINEAR_REC709, "linear")}
PICTURE = ("Image", "Combined")


@dataclass(frozen=True)
class Plate:
    """A plate: its source, its files' numbers, its size, and what `auto` means for its colour.

    `clip` is every number of a plate that is rendered. `is_still` where one file stands for all.
    """

    source: Source
    mapping: FrameMapping
    size: tuple[int, int]
    space: str = "linear"
    clip: tuple[int, ...] = ()
    is_still: bool = False


Render = Callable[[Any, FrameMapping, "tuple[int, int]"], Source]
"""What renders a socket of the tree, at a size."""


def find_plate(place: KeyedNode, frames: tuple[int, ...], render: Render) -> Plate:
    """The plate that is linked to a node, for frames of the scene; raises `SettingsError`."""
    socket = source_of(place, PLATE)
    if socket is None:
        raise SettingsError(
            f"Nothing is linked to {PLATE} of the node {place.node.name}; "
            "link an Image or Movie Clip node, or choose a clip or files in the sidebar."
        )
    node = socket.node
    if node.bl_idname == "CompositorNodeImage" and node.image:
        plate = _of_image(node, socket)
    elif node.bl_idname == "CompositorNodeMovieClip" and node.clip:
        plate = _of_clip(node.clip)
    else:
        plate = None
    return plate or _rendered(place, socket, frames, render)


def _of_image(node: Any, socket: Any) -> Plate | None:
    """An Image node whose files the engine reads as Blender does."""
    image = node.image
    space = SPACES.get(image.colorspace_settings.name)
    is_plain = image.source in ("FILE", "SEQUENCE") and image.type == "IMAGE"
    if not is_plain or image.packed_file or not space or socket.name not in PICTURE or node.mute:
        return None
    path = _path(image)
    size = _size(image, path)
    if image.source == "SEQUENCE":
        return Plate(pattern_of_file(path), FrameMapping.of(node), size, space)
    number = find_sequence(str(path)).frames[0]
    return Plate(str(path), FrameMapping(1, number - 1, 1), size, space, is_still=True)


def _of_clip(clip: Any) -> Plate | None:
    """A clip of numbered files."""
    space = SPACES.get(clip.colorspace_settings.name)
    path = _path(clip)
    first = number_of(path)
    if clip.source != "SEQUENCE" or not space or first is None:
        return None
    shift = first - clip.frame_start + clip.frame_offset
    mapping = FrameMapping.shifted(shift, clip.frame_start)
    return Plate(pattern_of_file(path), mapping, _size(clip, path), space)


def _rendered(place: KeyedNode, socket: Any, frames: tuple[int, ...], render: Render) -> Plate:
    size = _size_seen_at(socket.node) or scene_size(place.scene)
    shown = _length_of(socket.node) or range(place.scene.frame_start, place.scene.frame_end + 1)
    clip = tuple(sorted({*shown, *frames}))
    mapping = FrameMapping.shifted(0, clip[0])
    return Plate(render(socket, mapping, size), mapping, size, clip=clip)


def scene_size(scene: Any) -> tuple[int, int]:
    """A scene's size in pixels at 100 per cent."""
    return scene.render.resolution_x, scene.render.resolution_y


def _length_of(node: Any) -> range | None:
    """The scene's frames that a movie has, whatever range the scene has now."""
    movie = getattr(node, "clip", None)
    if movie:
        return range(movie.frame_start, movie.frame_start + movie.frame_duration)
    image = getattr(node, "image", None)
    if image and image.source == "MOVIE":
        return range(node.frame_start, node.frame_start + node.frame_duration)
    return None


def _size_seen_at(node: Any) -> tuple[int, int] | None:
    """The size of a picture that comes straight from a file."""
    source = getattr(node, "image", None) or getattr(node, "clip", None)
    width, height = source.size if source else (0, 0)
    return (width, height) if width and height else None


def _size(picture: Any, path: Path) -> tuple[int, int]:
    width, height = picture.size
    if not width or not height:
        raise SettingsError(f"Blender cannot read the plate {path}; is the file there, and whole?")
    return width, height


def _path(picture: Any) -> Path:
    return Path(bpy.path.abspath(picture.filepath, library=picture.library)).absolute()


def pattern_of(text: str) -> str:
    """What an artist named, as a pattern: a file of a sequence stands for all of it."""
    path = Path(bpy.path.abspath(text))
    is_sequence = path.is_file() and not path.name.lower().endswith(MOVIES)
    return pattern_of_file(path) if is_sequence else str(path)
