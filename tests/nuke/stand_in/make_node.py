"""New nodes of a class: one of the table's, or a gizmo found on the plugin path."""

from __future__ import annotations

from pathlib import Path

from tests.nuke.node_classes import NodeFact, node_classes
from tests.nuke.stand_in.nodes.group import Gizmo, Group
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.session import current


def new_node(class_name: str, parent: Group) -> Node:
    """A node in a group, not connected; raises `RuntimeError` for a class that there is none of."""
    fact = node_classes().get(class_name)
    if fact is not None and class_name != "Root":
        node: Node = Group(fact, parent) if class_name == "Group" else Node(fact, parent)
        parent._take_in(node)
        return node
    file = gizmo_file(class_name)
    if file is None:
        raise current().refuse(RuntimeError, f"{class_name}: Unknown command")
    return _new_gizmo(class_name, file, parent)


def gizmo_file(class_name: str) -> Path | None:
    """The first file of a gizmo on the plugin path."""
    files = (folder / f"{class_name}.gizmo" for folder in current().plugin_path)
    return next((file for file in files if file.is_file()), None)


def _new_gizmo(class_name: str, file: Path, parent: Group) -> Gizmo:
    from tests.nuke.stand_in.script_reader import read_gizmo

    group = node_classes()["Group"]
    node = Gizmo(NodeFact(class_name, group.knobs, 0, group.most, file.as_posix()), parent)
    node._file = file
    read_gizmo(node, file.read_text(encoding="utf-8"), file.as_posix())
    parent._take_in(node)
    return node
