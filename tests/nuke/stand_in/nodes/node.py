"""A node: its knobs, its inputs, and the group that it is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.nuke.node_classes import NodeFact
from tests.nuke.stand_in import formula, names
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.make import knob_of
from tests.nuke.stand_in.knobs.numbers import Array_Knob
from tests.nuke.stand_in.nodes.changes import Changes
from tests.nuke.stand_in.nodes.picture_facts import PictureFacts
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread

if TYPE_CHECKING:
    from tests.nuke.stand_in.nodes.group import Group

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INPUTS, HIDDEN_INPUTS, EXPRESSIONS, LINKINPUTS = 1, 2, 4, 8


@belongs_to_main_thread
class Node(PictureFacts, Changes):
    """A node of any class. Made by `createNode` and `nodes`, never by its own name."""

    def __init__(self, fact: NodeFact, parent: Group | None) -> None:
        self._fact = fact
        self._parent = parent
        self._inputs: list[Node | None] = [None] * fact.fewest
        self._knobs: dict[str, Knob] = {}
        self._is_alive = True
        self._is_shown = False
        for knob_fact in fact.knobs.values():
            self._add(knob_of(knob_fact))

    def Class(self) -> str:
        """The name of its class."""
        return self._fact.name

    def name(self) -> str:
        """Its name, unique in its group."""
        self._require_alive()
        return str(self["name"].value())

    def fullName(self) -> str:
        """Its name behind those of the groups around it."""
        outer = self._parent.fullName() if self._parent is not None else ""
        name = "root" if self._parent is None else self.name()
        return f"{outer}.{name}" if outer and outer != "root" else name

    def setName(
        self,
        name: str,
        uncollide: bool = True,
        updateExpressions: bool = False,
    ) -> None:
        """Rename it; where the name is taken, a number is added unless `uncollide` is off."""
        if updateExpressions:
            raise NotImplementedError("the stand-in updates no expressions")
        if not NAME.fullmatch(name):
            raise current().refuse(ValueError, f"{name!r} is no name of a node")
        taken = self._parent is not None and self._parent._child(name) not in (None, self)
        if taken and not uncollide:
            raise current().refuse(ValueError, f"there is a node {name!r} already")
        if taken:
            assert self._parent is not None
            name = self._parent._free_name(name.rstrip("0123456789"), self)
        self["name"].setValue(name)

    def knob(self, p: str | int, follow_link: bool = True) -> Any:
        """The knob of a name, or None; a link is followed to what it is linked to."""
        self._require_alive()
        knob = list(self._knobs.values())[p] if isinstance(p, int) else self._knobs.get(p)
        return knob._followed() if knob is not None and follow_link else knob

    def knobs(self) -> dict[str, Knob]:
        """All knobs by name."""
        self._require_alive()
        return dict(self._knobs)

    def allKnobs(self) -> list[Knob]:
        """All knobs."""
        return list(self.knobs().values())

    def numKnobs(self) -> int:
        """How many there are."""
        return len(self._knobs)

    def __getitem__(self, name: str) -> Any:
        self._require_alive()
        knob = self.knob(name)
        if knob is None:
            raise current().refuse(NameError, f"knob {name} does not exist in {self.Class()}")
        return knob

    def addKnob(self, knob: Knob) -> None:
        """Add a knob of the user's, on a tab "User" where there is no tab yet."""
        self._require_alive()
        knob._is_user = True
        self._add(knob)
        current().changed()

    def removeKnob(self, knob: Knob) -> None:
        """Remove a knob that was added."""
        if not knob._is_user or self._knobs.get(knob.name()) is not knob:
            raise current().refuse(ValueError, f"{knob.name()} is no knob that was added")
        del self._knobs[knob.name()]
        knob._node = None

    def input(self, index: int) -> Node | None:
        """The node that an input is connected to."""
        self._require_alive()
        return self._inputs[index] if 0 <= index < len(self._inputs) else None

    def inputs(self) -> int:
        """How many inputs there are, up to the last that is connected."""
        self._require_alive()
        connected = [at for at, one in enumerate(self._inputs) if one is not None]
        return max([self._fact.fewest, *(at + 1 for at in connected)])

    def minInputs(self) -> int:
        """The fewest inputs it can have."""
        return self._fact.fewest

    def maxInputs(self) -> int:
        """The most inputs it can have."""
        return self._fact.most + self._fact.mask

    minimumInputs = minInputs
    maximumInputs = maxInputs

    def canSetInput(self, i: int, node: Node) -> bool:
        """Whether a node can be connected: there is such an input, and no loop comes of it."""
        return (
            0 <= i < self.maxInputs()
            and node._parent is self._parent
            and not (node is self or self in node._upstream())
        )

    def setInput(self, i: int, node: Node | None) -> bool:
        """Connect an input, or cut it; False where that cannot be."""
        self._require_alive()
        if node is not None:
            node._require_alive()
            if not self.canSetInput(i, node):
                return False
        self._inputs += [None] * (i + 1 - len(self._inputs))
        self._inputs[i] = node
        current().changed()
        self._tell("inputChange")
        return True

    def connectInput(self, i: int, node: Node | None) -> bool:
        """Connect an input, or the next free one."""
        while i < self.maxInputs() and self.input(i) is not None:
            i += 1
        return self.setInput(i, node)

    def optionalInput(self) -> int:
        """The mask's input."""
        return self._fact.mask_at

    def dependencies(self, mask: int) -> list[Node]:
        """The nodes that this one uses: its inputs, and those that its expressions name."""
        hides = bool(self["hide_input"].value()) if "hide_input" in self._knobs else False
        wanted = mask & (HIDDEN_INPUTS if hides else INPUTS)
        found = [one for one in self._inputs if one is not None] if wanted else []
        if mask & EXPRESSIONS:
            found += [one for one in self._expression_nodes() if one not in found]
        return found

    def dependent(
        self,
        mask: int,
        forceEvaluate: bool = True,  # noqa: ARG002
    ) -> list[Node]:
        """The nodes of the same group that use this one."""
        siblings = self._parent.nodes() if self._parent is not None else []
        return [one for one in siblings if self in one.dependencies(mask)]

    def parent(self) -> Group | None:
        """The group that it is in."""
        return self._parent

    def rootNode(self) -> Node:
        """The script's root."""
        return current().root

    def setSelected(self, selected: bool) -> None:
        """Select it, or not."""
        self["selected"].setValue(bool(selected))

    def isSelected(self) -> bool:
        """Whether it is selected."""
        return bool(self["selected"].value())

    def setXYpos(self, x: int, y: int) -> None:
        """Put it at a place of the graph."""
        self["xpos"].setValue(int(x))
        self["ypos"].setValue(int(y))

    def setXpos(self, x: int) -> None:
        """Move it across."""
        self["xpos"].setValue(int(x))

    def setYpos(self, y: int) -> None:
        """Move it down."""
        self["ypos"].setValue(int(y))

    def xpos(self) -> int:
        """Its place across."""
        return int(self["xpos"].value())

    def ypos(self) -> int:
        """Its place down."""
        return int(self["ypos"].value())

    def screenWidth(self) -> int:
        """How wide it is drawn; 0 without an interface."""
        return 80 if current().gui else 0

    def screenHeight(self) -> int:
        """How high it is drawn; 0 without an interface."""
        return 18 if current().gui else 0

    def showControlPanel(self, forceFloat: bool = False) -> None:  # noqa: ARG002
        """Open its panel."""
        current().require_gui("Node.showControlPanel")
        self._is_shown = True
        self._tell("showPanel")

    def hideControlPanel(self) -> None:
        """Close its panel."""
        self._tell("hidePanel")
        self._is_shown = False

    def shown(self) -> bool:
        """Whether its panel is open."""
        return self._is_shown

    def redraw(self) -> None:
        """Draw it again in the graph."""

    def help(self) -> str:
        """What it says of itself."""
        return str(self["help"].value())

    def writeKnobs(self, flags: int = 0) -> str:
        """Its knobs as a script holds them, in the order that it has them."""
        from tests.nuke.stand_in.script_writer import knobs_text

        return knobs_text(self, flags)

    def readKnobs(self, s: str) -> None:
        """Take knobs from a script's text."""
        from tests.nuke.stand_in.script_reader import read_knobs

        read_knobs(self, s)

    def _evaluate(self, expression: str) -> float:
        """The value of an expression in one of its knobs."""
        return float(formula.evaluate(expression, names.NodeNames(self)))

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __repr__(self) -> str:
        return f"<{self.fullName()}>" if self._is_alive else "<a deleted node>"

    def _add(self, knob: Knob) -> None:
        if knob._name in self._knobs and knob._name:
            raise current().refuse(ValueError, f"there is a knob {knob._name!r} already")
        knob._place_in(self)
        self._knobs[knob._name or f"unnamed {len(self._knobs)}"] = knob

    def _own_knob(self, name: str) -> Knob | None:
        return self._knobs.get(name)

    @property
    def _inside(self) -> Group | None:
        return None

    def _require_alive(self) -> None:
        if not self._is_alive:
            raise current().refuse(ValueError, "A PythonObject is not attached to a node")

    def _upstream(self) -> set[Node]:
        found: set[Node] = set()
        waiting = [one for one in self._inputs if one is not None]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += [one for one in node._inputs if one is not None]
        return found

    def _expression_nodes(self) -> list[Node]:
        found: list[Node] = []
        for knob in self._knobs.values():
            for text in knob._expressions() if isinstance(knob, Array_Knob) else ():
                for name in formula.parse(text).names:
                    try:
                        other = names.find_knob(self, name).node_knob.node()
                    except names.NoSuchName:
                        continue
                    if other is not self and other not in found:
                        found.append(other)
        return found
