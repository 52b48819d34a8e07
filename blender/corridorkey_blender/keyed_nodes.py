"""Where Corridor Key groups are used, and what is linked to their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from corridorkey_core.errors import SettingsError

from .shot_properties import is_keyed_group
from .versions import compositor_tree


@dataclass(frozen=True)
class KeyedNode:
    """A node of a scene's compositor that uses a Corridor Key group; valid until Blender edits."""

    scene: Any
    tree: Any
    node: Any

    @property
    def group(self) -> Any:
        """The group's own tree."""
        return self.node.node_tree

    @property
    def shot(self) -> Any:
        """What the group remembers."""
        return self.group.corridorkey

    @property
    def is_nested(self) -> bool:
        """Whether it lies within another group, where nothing can be rendered for it."""
        return bool(self.tree != compositor_tree(self.scene))


def keyed_nodes(scene: Any) -> Iterator[KeyedNode]:
    """Every one of a scene, those within other groups included."""
    pending, seen = [compositor_tree(scene)], set()
    while pending:
        tree = pending.pop()
        if tree is None or tree.name_full in seen:
            continue
        seen.add(tree.name_full)
        for node in tree.nodes:
            inner = getattr(node, "node_tree", None)
            if is_keyed_group(inner):
                yield KeyedNode(scene, tree, node)
            elif inner is not None:
                pending.append(inner)


def find_keyed_node(uid: str, scene_name: str = "") -> KeyedNode | None:
    """The first node that uses a group, in the scene of that name or in any."""
    scenes = [bpy.data.scenes.get(scene_name)] if scene_name else bpy.data.scenes
    found = (one for scene in scenes if scene for one in keyed_nodes(scene))
    return next((one for one in found if one.shot.uid == uid), None)


def chosen_node(scene: Any, name: str = "") -> KeyedNode | None:
    """The one that an artist means: that of a name, the active one, a selected one, the first.

    Raises `SettingsError` where there is none of the name.
    """
    found = list(keyed_nodes(scene))
    if name:
        named = [one for one in found if name in (one.node.name, one.group.name)]
        if not named:
            there = ", ".join(one.node.name for one in found) or "none"
            raise SettingsError(f"{scene.name} has no Corridor Key node {name}; there: {there}.")
        return named[0]
    tree = compositor_tree(scene)
    active = tree.nodes.active if tree else None
    best = (
        *(one for one in found if active and one.node == active),
        *(one for one in found if one.node.select),
        *found,
    )
    return next(iter(best), None)


def source_of(place: KeyedNode, name: str) -> Any:
    """The output socket that feeds an input of the node, reroutes followed; None where none."""
    socket = place.node.inputs[name]
    while socket.is_linked:
        output = socket.links[0].from_socket
        if output.node.bl_idname != "NodeReroute":
            return output
        socket = output.node.inputs[0]
    return None


def require_own(place: KeyedNode) -> None:
    """Raise `SettingsError` where the group belongs to another file."""
    if place.group.library:
        raise SettingsError(
            f"The group {place.group.name} is linked from {place.group.library.filepath}; "
            "make it local: Object data > Make Local, or append it."
        )
