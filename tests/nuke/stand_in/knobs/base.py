"""What all knobs have: a name, flags, a value that goes to text and back, and a node it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from tests.nuke.script_text import quoted
from tests.nuke.stand_in import flags
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread

if TYPE_CHECKING:
    from tests.nuke.stand_in.nodes.node import Node


@belongs_to_main_thread
class Knob:
    """A knob as Python has it; `name` has no spaces, `label` is what a person reads."""

    _field_count: ClassVar[int] = 0

    def __init__(self, name: str, label: str | None = None) -> None:
        if " " in name and self.Class() not in ("Text_Knob", "Tab_Knob", "PyScript_Knob"):
            raise current().refuse(RuntimeError, f"{name!r} is no name of a knob")
        self._name = name
        self._label = name if label is None else label
        self._flags = 0
        self._tooltip = ""
        self._is_enabled = True
        self._node: Node | None = None
        self._is_user = False

    def Class(self) -> str:
        """The name of its class."""
        return type(self).__name__

    def name(self) -> str:
        """Its name, unique in its node."""
        return self._name

    def label(self) -> str:
        """What a person reads."""
        return self._label

    def setName(self, name: str) -> None:
        """Rename it; only knobs that are in no node yet can be, here."""
        if self._node is not None:
            raise current().refuse(RuntimeError, "the stand-in renames no knob of a node")
        self._name = name

    def setLabel(self, label: str) -> None:
        """Set what a person reads."""
        self._label = label

    def tooltip(self) -> str:
        """What is shown over it."""
        return self._tooltip

    def setTooltip(self, tooltip: str) -> None:
        """Set what is shown over it."""
        self._tooltip = tooltip

    def node(self) -> Node:
        """The node it is in."""
        if self._node is None:
            raise ValueError("the knob is in no node")
        return self._node

    def fullyQualifiedName(self, channel: int = -1) -> str:  # noqa: ARG002
        """Its name with those of its nodes."""
        return f"{self.node().fullName()}.{self._name}"

    def setFlag(self, flag: int) -> None:
        """Set a flag, one of `nuke.INVISIBLE` and its like."""
        flags.require_known(flag)
        self._flags |= flag

    def clearFlag(self, flag: int) -> None:
        """Clear a flag."""
        flags.require_known(flag)
        self._flags &= ~flag

    def getFlag(self, flag: int) -> bool:
        """Whether a flag is set."""
        flags.require_known(flag)
        return bool(self._flags & flag)

    def enabled(self) -> bool:
        """Whether a person can change it."""
        return self._is_enabled

    def setEnabled(self, enabled: bool) -> None:
        """Grey it out, or not; says nothing about Python."""
        self._is_enabled = bool(enabled)

    def visible(self) -> bool:
        """Whether it is shown."""
        return not self._flags & flags.INVISIBLE

    def setVisible(self, visible: bool) -> None:
        """Show or hide it."""
        (self.clearFlag if visible else self.setFlag)(flags.INVISIBLE)

    def toScript(self, quote: bool = False, context: Any = None) -> str:  # noqa: ARG002
        """Its value as it stands in a script, without quotes."""
        return self._to_text()

    def fromScript(self, script: str) -> None:
        """Take its value from a script's text; raises `ValueError`."""
        self._from_text(script)
        self._changed()

    def value(self, index: int = -1) -> Any:
        """Its value."""
        raise NotImplementedError(f"{self.Class()} {index}")

    def getValue(self, channel: int = -1) -> Any:  # noqa: ARG002
        """Its value, as most classes have it."""
        return self.value()

    def isAnimated(self, channel: int = -1) -> bool:  # noqa: ARG002
        """Whether it has keys."""
        return False

    def hasExpression(self, index: int = -1) -> bool:  # noqa: ARG002
        """Whether an expression gives its value."""
        return False

    def _to_text(self) -> str:
        raise NotImplementedError(self.Class())

    def _word(self) -> str:
        return quoted(self._to_text())

    def _from_text(self, text: str) -> None:
        raise NotImplementedError(self.Class())

    def _is_default(self) -> bool:
        return self._to_text() == self._default_text

    _default_text = ""

    def _number(self, index: int) -> float:
        raise ValueError(f"{self._name} has no number ({self.Class()}, field {index})")

    def _tcl_value(self, index: int | None) -> str:
        raise ValueError(f"{self._name} has no value ({self.Class()}, field {index})")

    def _text_of_code(self) -> str:
        return ""

    def _followed(self) -> Knob:
        return self

    def _changed(self) -> None:
        if self._node is not None:
            self._node._knob_was_changed(self)

    def _place_in(self, node: Node) -> None:
        if self._node is not None:
            raise current().refuse(ValueError, f"knob {self._name} is in a node already")
        self._node = node
