"""What a socket of the tree is made of, as text: it changes whenever its picture would.

Read from Blender's own description of every node, datablock and animation upstream. What cannot be
read so, such as a rendered 3D scene, is told by `UNKNOWABLE`.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
from corridorkey_plugin.file_state import state_of

from .frame_mapping import FrameMapping
from .moment import Moment
from .numbered_files import number_of, path_at

UNKNOWABLE = "unknowable"
DEEPEST = 12
LAYOUT = frozenset(bpy.types.Node.bl_rna.properties.keys()) - {"mute", "bl_idname"}
FLEETING = frozenset(
    {
        "rna_type", "preview", "original", "users", "use_fake_user", "session_uid", "library",
        "asset_data", "library_weak_reference", "override_library", "tag", "select", "hide",
        "select_control_point", "select_left_handle", "select_right_handle", "active", "is_dirty",
        "name_full", "use_extra_user", "is_runtime_data", "is_evaluated", "is_embedded_data",
    }
)  # fmt: skip
READABLE = (bpy.types.Texture, bpy.types.Action)


@dataclass
class Fingerprint:
    """The part that is alike for all frames, and what must be asked for each."""

    text: str = ""
    at_frame: list[Callable[[int], str]] = field(default_factory=list)

    def at(self, frame: int) -> str:
        """The whole for a frame of the scene, as a digest."""
        parts = [self.text, str(frame), *(ask(frame) for ask in self.at_frame)]
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether nothing upstream is unknowable."""
        return UNKNOWABLE not in self.text


def fingerprint(socket: Any, moment: Moment) -> Fingerprint:
    """The fingerprint of an output socket of a compositor tree."""
    found = Fingerprint()
    lines = _Reading(found, moment).socket(socket)
    found.text = "\n".join(lines)
    return found


def mask_fingerprint(mask: Any, moment: Moment) -> Fingerprint:
    """The fingerprint of a mask alone."""
    found = Fingerprint()
    found.text = "\n".join(_Reading(found, moment).mask(mask))
    return found


class _Reading:
    """One walk upstream; each node and datablock is told once."""

    def __init__(self, found: Fingerprint, moment: Moment) -> None:
        self._found = found
        self._moment = moment
        self._seen: set[tuple[str, int]] = set()

    def socket(self, socket: Any) -> Iterator[str]:
        yield f"output {socket.identifier}"
        yield from self._node(socket.node)
        yield from self._animation(socket.id_data)

    def mask(self, mask: Any) -> Iterator[str]:
        """A mask: its points are asked for at each frame, and what they follow here."""
        yield f"mask {mask.name_full}"
        name = mask.name_full
        for clip in _followed(mask):
            yield from self._deep(clip.tracking)

        def shape(frame: int) -> str:
            now = bpy.data.masks.get(name)
            if now is None:
                return "gone"
            layers = self._moment.mask_at(now, frame).layers
            return "\n".join(_Reading(Fingerprint(), self._moment)._deep(layers))

        self._found.at_frame.append(shape)

    def _node(self, node: Any) -> Iterator[str]:
        if not self._is_new(node):
            yield f"node {node.name}"
            return
        yield f"node {node.name} {node.bl_idname}"
        yield from self._own(node)
        for socket in node.inputs:
            if socket.is_linked:
                for link in socket.links:
                    yield f"{socket.identifier} <- {link.from_socket.identifier}"
                    yield from self._node(link.from_node)
            elif hasattr(socket, "default_value"):
                yield f"{socket.identifier} = {_value(socket.default_value)}"

    def _own(self, node: Any) -> Iterator[str]:
        """What is said of a node itself, where it lies and how it looks aside."""
        if node.bl_idname == "CompositorNodeRLayers":
            yield UNKNOWABLE
        for name, prop in node.bl_rna.properties.items():
            if name in LAYOUT or name in FLEETING or name in _without_choices(node):
                continue
            value = getattr(node, name)
            if prop.type == "POINTER":
                yield f"{name}:"
                yield from self._pointer(value, node)
            elif prop.type == "COLLECTION":
                yield from self._deep(value)
            else:
                yield f"{name} = {_value(value)}"

    def _pointer(self, value: Any, node: Any) -> Iterator[str]:
        if isinstance(value, bpy.types.Image):
            yield from self._image(value, node)
        elif isinstance(value, bpy.types.MovieClip):
            yield from self._clip(value, node)
        elif isinstance(value, bpy.types.Mask):
            yield from self.mask(value)
        elif isinstance(value, bpy.types.NodeTree):
            for inner in value.nodes:
                yield from self._node(inner)
            yield from self._animation(value)
        elif isinstance(value, bpy.types.ID) and not isinstance(value, READABLE):
            yield UNKNOWABLE
        else:
            yield from self._deep(value)

    def _image(self, image: Any, node: Any) -> Iterator[str]:
        yield f"image {image.filepath} {image.source} {image.alpha_mode}"
        yield image.colorspace_settings.name
        if image.source == "GENERATED" or image.is_dirty or image.packed_file:
            yield hashlib.sha256(_pixels(image)).hexdigest()
            return
        path = Path(bpy.path.abspath(image.filepath, library=image.library))
        mapping = FrameMapping.of(node) if hasattr(node, "frame_offset") else FrameMapping()
        is_sequence = image.source == "SEQUENCE"
        self._found.at_frame.append(
            lambda frame: _file(path_at(path, mapping.number(frame)) if is_sequence else path)
        )

    def _clip(self, clip: Any, node: Any) -> Iterator[str]:
        yield f"clip {clip.filepath} {clip.source} {clip.frame_start} {clip.frame_offset}"
        yield clip.colorspace_settings.name
        if node.bl_idname != "CompositorNodeMovieClip":  # all others use what was tracked
            yield from self._deep(clip.tracking)
        path = Path(bpy.path.abspath(clip.filepath, library=clip.library))
        first = number_of(path) if clip.source == "SEQUENCE" else None
        shift = (first or 0) - clip.frame_start + clip.frame_offset
        self._found.at_frame.append(
            lambda frame: _file(path if first is None else path_at(path, frame + shift))
        )

    def _animation(self, owner: Any) -> Iterator[str]:
        animation = getattr(owner, "animation_data", None)
        if animation is None:
            return
        for driver in animation.drivers:
            for variable in driver.driver.variables:
                # What a driver looks at may be anywhere in the file.
                yield UNKNOWABLE if variable.targets else ""
        yield from self._deep(animation)

    def _deep(self, value: Any, depth: int = 0) -> Iterator[str]:
        """A struct or a collection of them, all the way down."""
        if value is None or depth > DEEPEST:
            return
        if isinstance(value, bpy.types.bpy_prop_collection):
            for one in value:
                yield from self._deep(one, depth + 1)
            return
        if isinstance(value, bpy.types.ID) and not isinstance(value, READABLE):
            yield value.name_full
            return
        if not self._is_new(value) or _follows_nothing(value):
            return
        yield type(value).__name__
        for name, prop in value.bl_rna.properties.items():
            if name in FLEETING or (
                prop.is_readonly and prop.type not in ("POINTER", "COLLECTION")
            ):
                continue
            inner = getattr(value, name)
            if prop.type in ("POINTER", "COLLECTION"):
                yield from self._deep(inner, depth + 1)
            else:
                yield f"{name} = {_value(inner)}"

    def _is_new(self, struct: Any) -> bool:
        # A struct and its first member lie at one address.
        key = (type(struct).__name__, struct.as_pointer())
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new


def _follows_nothing(value: Any) -> bool:
    """Whether it is a mask point's parent that is none, and would complain when it is read."""
    return isinstance(value, bpy.types.MaskParent) and value.id is None


def _followed(mask: Any) -> list[Any]:
    """The clips that a mask's points follow."""
    points = (one for layer in mask.layers for spline in layer.splines for one in spline.points)
    found = {point.parent.id.name: point.parent.id for point in points if point.parent.id}
    return [clip for _name, clip in sorted(found.items())]


def _without_choices(node: Any) -> tuple[str, ...]:
    """Choices of an Image node that has none to choose from."""
    empty = {"layer": "has_layers", "view": "has_views"}
    return tuple(name for name, has in empty.items() if not getattr(node, has, True))


def _value(value: Any) -> str:
    if isinstance(value, (str, bool, int, float)) or value is None:
        return repr(value)
    if isinstance(value, (set, frozenset)):  # in another order in each process
        return repr(sorted(map(str, value)))
    try:
        return repr([_value(one) for one in value])
    except TypeError:
        return getattr(value, "name_full", None) or type(value).__name__


def _pixels(image: Any) -> bytes:
    if image.packed_file and not image.is_dirty:
        return bytes(image.packed_file.data)
    pixels = array("f", bytes(4 * len(image.pixels)))
    image.pixels.foreach_get(pixels)
    return pixels.tobytes()


def _file(path: Path) -> str:
    return f"{path} {state_of(path)}"
