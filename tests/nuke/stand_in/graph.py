"""Nodes by Python: made, found, deleted."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in import callbacks
from tests.nuke.stand_in.make_node import new_node
from tests.nuke.stand_in.nodes.group import Group
from tests.nuke.stand_in.nodes.node import EXPRESSIONS, HIDDEN_INPUTS, INPUTS, Node
from tests.nuke.stand_in.nodes.root import Root
from tests.nuke.stand_in.script_reader import read_knobs
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread, on_main_thread


@on_main_thread
def createNode(typ: str, knobs: str = "", inpanel: bool = True) -> Node:
    """Make a node behind what is selected, select it, and open its panel."""
    session = current()
    made = _named(new_node(typ, session.group))
    selected = [one for one in session.group.selectedNodes() if one is not made]
    if knobs:
        read_knobs(made, knobs)
    for at, one in enumerate(selected[: made.maxInputs()]):
        made.setInput(at, one)
    for one in selected:
        one.setSelected(False)
    made.setSelected(True)
    _created(made)
    callbacks.run("OnUserCreate", made)
    if inpanel and session.gui:
        made.showControlPanel()
    return made


@belongs_to_main_thread
class Nodes:
    """`nuke.nodes.Blur(size=3)`: a node that is neither connected nor selected."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NodeConstructor(name)


class NodeConstructor:
    """Makes nodes of one class."""

    def __init__(self, name: str) -> None:
        self._class = name

    @on_main_thread
    def __call__(self, **kwargs: Any) -> Node:
        made = _named(new_node(self._class, current().group))
        for at, one in enumerate(kwargs.pop("inputs", ())):
            if not made.setInput(at, one):
                raise current().refuse(
                    RuntimeError, f"{made.fullName()} has no input {at} for {one}"
                )
        for name, value in kwargs.items():
            made.setName(value) if name == "name" else made[name].setValue(value)
        _created(made)
        return made


@on_main_thread
def allNodes(
    filter: str = "",
    group: Group | None = None,
    recurseGroups: bool = False,
) -> list[Node]:
    """The nodes of a group, of one class or of all."""
    found: list[Node] = []
    for one in (group or current().group).nodes():
        if filter in ("", one.Class()):
            found.append(one)
        if recurseGroups and one._inside is not None:
            found += allNodes(filter, one._inside, True)
    return found


@on_main_thread
def toNode(s: str) -> Node | None:
    """The node of a name: within the group that is looked at, or from the root on."""
    session = current()
    if s == "root":
        return session.root
    if s == "this":
        return session.this.node or session.group
    if s.startswith("root."):
        return session.root.node(s.removeprefix("root."))
    return session.group.node(s) or session.root.node(s)


@on_main_thread
def selectedNodes(filter: str = "") -> list[Node]:
    """The selected nodes, of one class or of all."""
    return [one for one in current().group.selectedNodes() if filter in ("", one.Class())]


@on_main_thread
def selectedNode() -> Node:
    """The node that was selected last; without any, a `ValueError`."""
    selected = current().group.selectedNodes()
    if not selected:
        raise ValueError("no node selected")
    return selected[0]


@on_main_thread
def delete(n: Node) -> None:
    """Delete a node: what was connected to it is cut, and it is of no use any more."""
    n._require_alive()
    if n._parent is None:
        raise current().refuse(RuntimeError, "the root cannot be deleted")
    session = current()
    if session.executing:
        raise session.refuse(RuntimeError, f"{n.fullName()} was deleted while frames are rendered")
    callbacks.run("OnDestroy", n)
    for one in n._parent._children:
        one._inputs = [None if other is n else other for other in one._inputs]
    n._parent._give_up(n)
    n._is_alive = False


@on_main_thread
def root() -> Root:
    """The script."""
    return current().root


@on_main_thread
def thisNode() -> Node:
    """The node whose code is running; outside of such code, the group that is looked at."""
    return current().this.node or current().group


@on_main_thread
def thisKnob() -> Any:
    """The knob whose code is running; outside of such code, a `ValueError`."""
    knob = current().this.knob
    if knob is None:
        raise current().refuse(ValueError, "no knob's code is running")
    return knob


@on_main_thread
def thisGroup() -> Group:
    """The group that is looked at."""
    return current().group


@on_main_thread
def thisParent() -> Node | None:
    """The group around the node whose code is running."""
    return thisNode()._parent


@on_main_thread
def thisClass() -> str:
    """The class of the node whose code is running."""
    return thisNode().Class()


@on_main_thread
def thisRoot() -> Root:
    """The script."""
    return current().root


@on_main_thread
def exists(s: str) -> bool:
    """Whether there is a node, or a knob of a node."""
    from tests.nuke.stand_in.names import is_there

    return toNode(s) is not None or is_there(current().group, s)


def dependencies(nodes: Any, what: int = INPUTS | HIDDEN_INPUTS | EXPRESSIONS) -> list[Node]:
    """The nodes that some nodes use."""
    found: list[Node] = []
    for node in nodes if isinstance(nodes, (list, tuple)) else [nodes]:
        found += [one for one in node.dependencies(what) if one not in found]
    return found


def _named(node: Node) -> Node:
    assert node._parent is not None
    if not node["name"].value():
        node._knobs["name"]._from_text(node._parent._free_name(node.Class()))
    return node


def _created(node: Node) -> None:
    callbacks.run("OnCreate", node)
