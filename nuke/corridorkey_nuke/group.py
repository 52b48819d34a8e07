"""A node as a plain Group, which shows what is keyed wherever the plugin is absent."""

from __future__ import annotations

import nuke


def make_group(node: nuke.Gizmo) -> nuke.Group:
    """Put a Group in a gizmo's place, with its name and connections; the gizmo is gone."""
    with node.parent():
        name, above = node.name(), [node.input(index) for index in range(node.inputs())]
        group = node.makeGroup()
        for index, one in enumerate(above):
            group.setInput(index, one)
        _take_over(node, group)
        group.setXYpos(node.xpos(), node.ypos())
        nuke.delete(node)
        group.setName(name)
    return group


def _take_over(node: nuke.Node, other: nuke.Node) -> None:
    """Connect whatever hangs on one node to another."""
    for one in node.dependent(nuke.INPUTS | nuke.HIDDEN_INPUTS, False):
        for index in range(one.inputs()):
            if one.input(index) == node:
                one.setInput(index, other)
