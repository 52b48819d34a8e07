"""From a name in an expression to a knob: `size`, `parent.size.w`, `root.format`, `Blur1.size`.

Facts: Foundry's user guide, "Referencing values from other nodes": a node's own knobs first, then
`this`, `parent`, `root`, `input`, then the names of nodes in the same group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.nuke.stand_in import tcl
from tests.nuke.stand_in.formula import ExpressionError
from tests.nuke.stand_in.session import current

if TYPE_CHECKING:
    from tests.nuke.stand_in.formula import Value
    from tests.nuke.stand_in.knobs.base import Knob
    from tests.nuke.stand_in.nodes.node import Node

FIELDS = {
    "0": 0, "1": 1, "2": 2, "3": 3,
    "r": 0, "g": 1, "b": 2, "a": 3,
    "x": 0, "y": 1, "z": 2,
    "w": 0, "h": 1, "t": 3,
}  # fmt: skip
IN_A_BOX = {"x": 0, "y": 1, "r": 2, "t": 3}


class NoSuchName(LookupError):
    """A name that means nothing where it stands."""


@dataclass(frozen=True)
class Found:
    """A knob, and which of its numbers; None is the knob as a whole."""

    node_knob: Knob
    index: int | None

    def number(self, frame: float | None) -> float:
        """Its number, now or at a frame."""
        moment = current().moment
        with current().looking_at(moment.frame if frame is None else frame, moment.view):
            return self.node_knob._number(self.index or 0)

    def text_value(self) -> str:
        """What `[value name]` gives."""
        return self.node_knob._tcl_value(self.index)


def find_knob(node: Node, name: str) -> Found:
    """The knob that a name means to a node; raises `NoSuchName`."""
    parts = name.split(".")
    owner = node
    if len(parts) > 1 and node._own_knob(parts[0]) is None:
        owner, parts = _walk(node, parts)
    knob = owner._own_knob(parts[0])
    if knob is None:
        raise NoSuchName(f"{owner.fullName()} has no knob {parts[0]!r}, which {name!r} means")
    knob = knob._followed()
    if len(parts) == 1:
        return Found(knob, None)
    if len(parts) > 2:
        raise NoSuchName(f"{name!r} goes deeper than a knob's fields")
    return Found(knob, _field(knob, parts[1], name))


def find_node(node: Node, path: str) -> Node | None:
    """The node that a path like `parent.input2` or `Blur1` means to a node, or None."""
    here: Node | None = node
    for at, part in enumerate(path.split(".")):
        here = _step(here, part, is_first=at == 0) if here is not None else None
    return here


def is_there(node: Node, path: str) -> bool:
    """Whether a path means a knob, or a node; an input that is not connected is none."""
    try:
        find_knob(node, path)
    except NoSuchName:
        return find_node(node, path) is not None
    return True


def _walk(node: Node, parts: list[str]) -> tuple[Node, list[str]]:
    here: Node | None = node
    while len(parts) > 1 and here is not None:
        following = _step(here, parts[0], is_first=here is node)
        if following is None:
            break
        here, parts = following, parts[1:]
        if here._own_knob(parts[0]) is not None:
            break
    if here is None or (here is node and parts[0] not in ("this",)):
        raise NoSuchName(f"{node.fullName()} knows no {parts[0]!r}")
    return here, parts


def _step(node: Node, name: str, *, is_first: bool) -> Node | None:
    if name == "this":
        return node
    if name == "root":
        return current().root
    if name == "parent":
        return node._parent
    if name == "input" or (name.startswith("input") and name[5:].isdigit()):
        return node._resolved_input(int(name[5:] or 0))
    group = node._parent if is_first else node._inside
    return group._child(name) if group is not None else None


def _field(knob: Knob, name: str, whole: str) -> int:
    names = IN_A_BOX if knob.Class() in ("BBox_Knob",) else FIELDS
    if name not in names:
        raise NoSuchName(f"{whole!r}: {name!r} is no field of a knob")
    return names[name]


@dataclass(frozen=True)
class NodeNames:
    """The names that an expression in a node's knob may use."""

    node: Node

    def name(self, name: str, frame: float | None) -> Value:
        """A knob's number, or one of the few things that are no knobs."""
        try:
            return find_knob(self.node, name).number(frame)
        except NoSuchName as error:
            fact = self._fact(name)
            if fact is None:
                raise ExpressionError(f"{name!r} in {self.node.fullName()}: {error}") from None
            return fact

    def sample(self, channel: str, x: Value, y: Value) -> Value:  # noqa: ARG002
        """Refused: a knob's expression sees no picture."""
        raise ExpressionError(f"there is no function {channel!r} of two arguments")

    def tcl(self, command: str) -> Value:
        """The number of a command's result."""
        result = tcl.run(command, self.node)
        try:
            return float(result)
        except ValueError:
            raise ExpressionError(f"[{command}] gives {result!r}, which is no number") from None

    def _fact(self, name: str) -> float | None:
        if name in ("frame", "x"):
            return current().moment.frame
        if name == "$gui":
            return float(current().gui)
        owner, _, fact = name.rpartition(".")
        node = self.node if not owner else find_node(self.node, owner)
        if node is None or fact not in ("width", "height", "pixel_aspect"):
            return None
        shape = node.format()
        return float(
            {"width": shape.width, "height": shape.height, "pixel_aspect": shape.pixelAspect}[
                fact
            ]()
        )
