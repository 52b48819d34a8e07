"""A new Corridor Key node in a scene's compositor, wired without disturbing what is there."""

from __future__ import annotations

from typing import Any

import bpy

from corridorkey_core.errors import SettingsError

from .keyed_nodes import KeyedNode
from .node_group import NAME, PASSES, PLATE, make_group
from .versions import final_inputs, make_compositor_tree

SOURCES = ("CompositorNodeImage", "CompositorNodeMovieClip")
GAP = 80.0
WIDTH = 200.0


def add_keyed_node(scene: Any) -> KeyedNode:
    """Add a node, fed by the active node, else by the only picture there is, where there is one.

    No link is removed. The finished picture goes to the scene's output where nothing else does.
    """
    tree = make_compositor_tree(scene)
    if tree.library:
        raise SettingsError(f"The tree of {scene.name} is linked from another file.")
    output = best_output(tree)
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = make_group()
    node.name = node.label = NAME
    node.width = WIDTH
    if output is not None:
        node.location = _right_of(output.node)
        tree.links.new(output, node.inputs[PLATE])
    _link_to_unused_output(tree, node)
    for one in tree.nodes:
        one.select = one == node
    tree.nodes.active = node
    return KeyedNode(scene, tree, node)


def remove_keyed_node(place: KeyedNode) -> None:
    """Take a node away again, with its group and the group's images."""
    group = place.group
    place.tree.nodes.remove(place.node)
    if group.users == 0:
        images = [group.nodes[name].image for name in PASSES]
        bpy.data.node_groups.remove(group)
        for image in images:
            bpy.data.images.remove(image)


def best_output(tree: Any) -> Any:
    """The picture of the active node, else that of the only node that shows one; None without."""
    active = tree.nodes.active
    if active is not None and active.select and (found := _picture(active)):
        return found
    shown = [node for node in tree.nodes if node.bl_idname in SOURCES]
    return _picture(shown[0]) if len(shown) == 1 else None


def _picture(node: Any) -> Any:
    outputs = (one for one in node.outputs if one.enabled and one.type == "RGBA")
    return next(outputs, None)


def _right_of(node: Any) -> tuple[float, float]:
    return node.location.x + node.width + GAP, node.location.y


def _link_to_unused_output(tree: Any, node: Any) -> None:
    for socket in final_inputs(tree):
        if not socket.is_linked:
            tree.links.new(node.outputs["Image"], socket)
            return
