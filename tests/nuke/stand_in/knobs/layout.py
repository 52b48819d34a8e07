"""Knobs that only shape the panel: tabs, groups, text and lines; and links to other knobs."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.text import String_Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread

TABBEGINGROUP, TABENDGROUP, TABBEGINCLOSEDGROUP, TABKNOB = 1, -1, 2, 0


@belongs_to_main_thread
class Tab_Knob(Knob):
    """A tab, or the beginning or end of a group of knobs."""

    def __init__(self, name: str, label: str | None = None, tab_type: int = TABKNOB) -> None:
        super().__init__(name, label)
        self._tab_type = tab_type
        self._is_open = tab_type == TABBEGINGROUP

    def value(self) -> bool:
        """Whether a group is open."""
        return self._is_open

    def setValue(self, value: Any) -> None:
        """Open or close a group."""
        self._is_open = bool(value)
        self._changed()

    def _to_text(self) -> str:
        return str(int(self._is_open))

    def _from_text(self, text: str) -> None:
        self._is_open = text not in ("0", "false")

    def _is_default(self) -> bool:
        opened = {TABBEGINGROUP: True, TABBEGINCLOSEDGROUP: False}
        return self._is_open == opened.get(self._tab_type, self._is_open)


@belongs_to_main_thread
class BeginTabGroup_Knob(Tab_Knob):
    """The beginning of several tabs within a tab."""


@belongs_to_main_thread
class EndTabGroup_Knob(Tab_Knob):
    """The end of several tabs within a tab."""


@belongs_to_main_thread
class Text_Knob(String_Knob):
    """Text on the panel; without any, a line across it."""


@belongs_to_main_thread
class Link_Knob(Knob):
    """Another knob, shown here: reading and setting it reads and sets the other."""

    def __init__(self, name: str, label: str | None = None) -> None:
        super().__init__(name, label)
        self._target = ""

    def setLink(self, s: str) -> None:
        """Link it to `Node.knob`, a node inside the one that it is in."""
        self._target = s
        if self._node is not None:
            self.getLinkedKnob()

    def makeLink(self, s: str, t: str) -> None:
        """Link it to a knob `t` of a node `s`."""
        self.setLink(f"{s}.{t}")

    def getLink(self) -> str:
        """What it is linked to."""
        return self._target

    def getLinkedKnob(self) -> Knob:
        """The other knob; where there is none, a link to nothing is refused."""
        node_name, _, knob_name = self._target.rpartition(".")
        group = self.node()._inside
        node = group._child(node_name) if group is not None else None
        knob = node._own_knob(knob_name) if node is not None else None
        if knob is None:
            raise current().refuse(ValueError, f"{self._name} is linked to no {self._target!r}")
        return knob

    def value(self) -> Any:
        """The other's value."""
        return self.getLinkedKnob().value()

    def setValue(self, *args: Any, **kwargs: Any) -> Any:
        """Set the other's value."""
        return self.getLinkedKnob().setValue(*args, **kwargs)  # type: ignore[attr-defined]

    def _followed(self) -> Knob:
        return self.getLinkedKnob()

    def _number(self, index: int) -> float:
        return self.getLinkedKnob()._number(index)

    def _to_text(self) -> str:
        return self.getLinkedKnob()._to_text()

    def _word(self) -> str:
        return self.getLinkedKnob()._word()

    def _from_text(self, text: str) -> None:
        self.getLinkedKnob()._from_text(text)

    def _is_default(self) -> bool:
        return self._word() == self._default_text

    def _become_default(self) -> None:
        self._default_text = self._word()


@belongs_to_main_thread
class Obsolete_Knob(Knob):
    """A knob that older scripts had; it takes any text and keeps none."""

    def value(self) -> None:
        """Nothing."""

    def _to_text(self) -> str:
        return ""

    def _from_text(self, text: str) -> None:
        pass
