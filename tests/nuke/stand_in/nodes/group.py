"""Groups: nodes that hold nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.nuke.node_classes import NodeFact
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class Group(Node):
    """A node that holds nodes; `with group:` makes and looks up nodes in it."""

    def __init__(self, fact: NodeFact, parent: Group | None) -> None:
        super().__init__(fact, parent)
        self._children: list[Node] = []

    def begin(self) -> Group:
        """From here on nodes are made and looked up in it."""
        self._require_alive()
        current().groups.append(self)
        return self

    def end(self) -> None:
        """Back to the group before."""
        groups = current().groups
        if len(groups) < 2 or groups[-1] is not self:
            raise current().refuse(RuntimeError, f"{self.fullName()} was not begun")
        groups.pop()

    def __enter__(self) -> Group:
        return self.begin()

    def __exit__(self, type: Any, value: Any, traceback: Any) -> None:
        self.end()

    def node(self, s: str) -> Node | None:
        """The node of a name in it, or None; `Inner.Node` goes deeper."""
        here: Node | None = self
        for name in s.split("."):
            here = here._inside._child(name) if here is not None and here._inside else None
        return here

    def nodes(self) -> list[Node]:
        """The nodes in it, the newest first as Nuke has them."""
        self._require_alive()
        return list(reversed(self._children))

    def numNodes(self) -> int:
        """How many nodes are in it."""
        return len(self._children)

    def selectedNodes(self) -> list[Node]:
        """The selected nodes in it."""
        return [one for one in self.nodes() if one.isSelected()]

    def output(self) -> Node | None:
        """Its output node."""
        outputs = self._of_class("Output")
        return outputs[0] if outputs else None

    def inputs(self) -> int:
        """How many inputs there are, up to the last that is connected."""
        connected = [at for at, one in enumerate(self._inputs) if one is not None]
        return max([0, *(at + 1 for at in connected)])

    def maxInputs(self) -> int:
        """As many as it has input nodes."""
        return len(self._of_class("Input"))

    maximumInputs = maxInputs

    @property
    def _inside(self) -> Group | None:
        return self

    def _of_class(self, name: str) -> list[Node]:
        return [one for one in self._children if one.Class() == name]

    def _child(self, name: str) -> Node | None:
        return next((one for one in self._children if one._name_is(name)), None)

    def _free_name(self, prefix: str, of: Node | None = None) -> str:
        number = 1
        while self._child(f"{prefix}{number}") not in (None, of):
            number += 1
        return f"{prefix}{number}"

    def _take_in(self, node: Node) -> None:
        self._children.append(node)
        current().changed()

    def _give_up(self, node: Node) -> None:
        self._children.remove(node)
        current().changed()

    def _input_node(self, number: int) -> Node | None:
        return self.input(number)


@belongs_to_main_thread
class Gizmo(Group):
    """A group whose nodes come from a file: a script holds its knobs, and nothing of inside."""

    _file: Path

    def filename(self) -> str:
        """The file that it comes from."""
        return self._file.as_posix()

    def command(self) -> str:
        """The name of its class, which is that of its file."""
        return self._fact.name

    def makeGroup(self) -> Group:
        """A group of the same knobs and nodes beside it, connected alike."""
        from tests.nuke.stand_in.script_reader import read_script
        from tests.nuke.stand_in.script_writer import as_group

        assert self._parent is not None
        (made,) = read_script(as_group(self), self._parent)
        assert isinstance(made, Group)
        for at, node in enumerate(self._inputs):
            made.setInput(at, node)
        return made
