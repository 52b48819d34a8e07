"""The picture of a node: through groups, past what is disabled, at the frame that is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.picture import Picture, black
from tests.nuke.stand_in.session import Moment, current

Operation = Callable[["At"], Picture]
OPERATIONS: dict[str, Operation] = {}


@dataclass(frozen=True)
class At:
    """A node that is worked out now."""

    node: Node

    def input(self, index: int = 0) -> Picture:
        """The picture of an input; black, where nothing is connected."""
        return picture_of(resolved(self.node.input(index)))

    def is_connected(self, index: int) -> bool:
        """Whether a picture comes into an input, from outside of the group too."""
        return resolved(self.node.input(index)) is not None

    def number(self, name: str, index: int = 0) -> float:
        """A knob's number."""
        return float(self.node[name].getValue(index))

    def text(self, name: str) -> str:
        """A knob's text."""
        return str(self.node[name].value())

    def channels(self, name: str, available: tuple[str, ...]) -> tuple[str, ...]:
        """The channels that a knob names, of those that there are."""
        named: tuple[str, ...] = self.node[name]._channels(available)
        return named

    def refuse_other(self, **expected: object) -> None:
        """Refuse settings that the stand-in does not work out."""
        for name, value in expected.items():
            found = self.node[name].value()
            if found != value:
                raise NotImplementedError(f"{self.node.Class()}.{name} {found!r}")


def operation(class_name: str) -> Callable[[Operation], Operation]:
    """Make a function the one that works out nodes of a class."""

    def register(function: Operation) -> Operation:
        OPERATIONS[class_name] = function
        return function

    return register


def picture_of(node: Node | None) -> Picture:
    """The picture of a node at the frame and view that are looked at.

    Raises `RuntimeError` where it, or a node before it, fails.
    """
    session = current()
    if node is None:
        return black(full_or_proxy(session.root._format()))
    key = (node, session.moment, session.root.proxy())
    if key not in session.image_cache:
        session.image_cache[key] = _worked_out(node)
    picture: Picture = session.image_cache[key]
    return picture


def _worked_out(node: Node) -> Picture:
    if node.Class() == "Input":
        return picture_of(resolved(node))
    disable = node._own_knob("disable")
    if disable is not None and disable._number(0):
        if node.Class() in ("Read", "Constant"):
            return black(full_or_proxy(current().root._format()))
        return picture_of(resolved(node.input(0)))
    group = node._inside
    if group is not None:
        output = group.output()
        return picture_of(resolved(output.input(0)) if output is not None else None)
    from tests.nuke.stand_in.pixels import load_operations

    load_operations()
    if node.Class() not in OPERATIONS:
        raise NotImplementedError(f"the stand-in works out no {node.Class()}")
    return OPERATIONS[node.Class()](At(node))


def resolved(node: Node | None) -> Node | None:
    """The node that a picture really comes from: an input node leads out of its group."""
    while node is not None and node.Class() == "Input":
        group = node._parent
        assert group is not None
        node = group._input_node(int(node["number"].value()))
    return node


def looking(moment: Moment, node: Node | None) -> Picture:
    """The picture of a node at another frame or view."""
    with current().looking_at(moment.frame, moment.view):
        return picture_of(node)


def proxy_scale() -> float:
    """How large pictures are worked out: 1, or less where proxies are looked at."""
    root = current().root
    if not root.proxy():
        return 1.0
    if root["proxy_type"].value() == "scale":
        return float(root["proxy_scale"].value())
    # As wide as the proxy format is beside the script's own.
    return float(root["proxy_format"].value().width() / root._format().width())


def full_or_proxy(shape: Format) -> Format:
    """A format as large as pictures are worked out."""
    scale = proxy_scale()
    if scale == 1.0:
        return shape
    made = Format(
        round(shape.width() * scale), round(shape.height() * scale), pa=shape.pixelAspect()
    )
    made.setName(shape.name())
    return made


def renamed(picture: Picture, shape: Format) -> Picture:
    """The same pixels in another format."""
    return replace(picture, format=shape)
