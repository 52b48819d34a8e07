"""Knobs that hold one of several names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tests.nuke.script_text import quoted
from tests.nuke.stand_in.curves import Constant, Expression, fields_of
from tests.nuke.stand_in.knobs.numbers import Unsigned_Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class Enumeration_Knob(Unsigned_Knob):
    """One of several names; its number is the place in the list."""

    def __init__(self, name: str, label: str | None = None, values: Sequence[str] = ()) -> None:
        super().__init__(name, label)
        self._values = [str(one) for one in values]

    def values(self) -> list[str]:
        """All names."""
        return list(self._values)

    def numValues(self) -> int:
        """How many there are."""
        return len(self._values)

    def enumName(self, n: int) -> str:
        """The name at a place."""
        return self._values[n]

    def setValues(self, items: Iterable[str]) -> None:
        """Replace the names; the chosen place stays."""
        self._values = [str(one) for one in items]
        self._changed()

    def value(self) -> Any:
        """The chosen name."""
        place = int(self._number(0))
        names = self._names()
        return names[place] if 0 <= place < len(names) else ""

    def setValue(self, value: Any) -> bool:
        """Choose by name or place; what is not in the list is refused."""
        if isinstance(value, str):
            value = self._place(value, TypeError)
        elif not 0 <= int(value) < len(self._names()):
            raise current().refuse(ValueError, f"{self._name} has no value {value}")
        return super().setValue(int(value))

    def _names(self) -> list[str]:
        """What scripts hold; what is shown may follow behind a tab."""
        return [one.split("\t")[0] for one in self._values]

    def _place(self, name: str, kind: type[Exception]) -> int:
        known = self._names()
        if name not in known:
            raise current().refuse(kind, f"{self._name} has no value {name!r}, but {known}")
        return known.index(name)

    def _to_text(self) -> str:
        field = self._fields[0]
        return str(self.value()) if isinstance(field, Constant) else super()._to_text()

    def _word(self) -> str:
        field = self._fields[0]
        return quoted(self._to_text()) if isinstance(field, Constant) else super()._word()

    def _from_text(self, text: str) -> None:
        if text.startswith("{"):
            self._fields = fields_of(text)
            assert isinstance(self._fields[0], Expression) or self.isAnimated()
            return
        names = self._names()
        is_place = text.isdigit() and text not in names and int(text) < len(names)
        self._fields = [Constant(int(text) if is_place else self._place(text, ValueError))]

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return str(self.value())


@belongs_to_main_thread
class CascadingEnumeration_Knob(Enumeration_Knob):
    """One of several names, shown as a tree."""


@belongs_to_main_thread
class Pulldown_Knob(Enumeration_Knob):
    """A menu of commands."""


@belongs_to_main_thread
class Radio_Knob(Enumeration_Knob):
    """One of several names, all shown."""


@belongs_to_main_thread
class OneView_Knob(Enumeration_Knob):
    """One of the script's views."""

    def values(self) -> list[str]:
        """All views."""
        return list(current().root._views)

    def _names(self) -> list[str]:
        return self.values()


@belongs_to_main_thread
class Colour_Knob(Enumeration_Knob):
    """A colour space of a Read, a Write or the root: `default`, and what the script knows.

    Kept by name, since the list changes with the script's colour management.
    """

    _kept = "default"
    _has_default = True

    def Class(self) -> str:
        """As Nuke has it."""
        return "Enumeration_Knob"

    def values(self) -> list[str]:
        """All names, those of OCIO as `name<tab>family/name`."""
        own = ["default"] if self._has_default else []
        return [*own, *current().root._colour_entries()]

    def value(self) -> Any:
        """The chosen name."""
        return self._kept

    def setValue(self, value: Any) -> bool:
        """Choose by name or place."""
        self._keep(value if isinstance(value, str) else self._names()[int(value)], TypeError)
        self._changed()
        return True

    def _names(self) -> list[str]:
        return [one.split("\t")[0] for one in self.values()]

    def _keep(self, name: str, kind: type[Exception]) -> None:
        if name not in self._names():
            raise current().refuse(kind, f"{self._name} knows no colour space {name!r}")
        self._kept = name

    def _number(self, index: int) -> float:  # noqa: ARG002
        return float(self._names().index(self._kept))

    def _to_text(self) -> str:
        return self._kept

    def _word(self) -> str:
        return quoted(self._kept)

    def _from_text(self, text: str) -> None:
        # Scripts are read before their colour management is known to be right.
        self._kept = text

    def _become_default(self) -> None:
        self._default_text = self._kept

    def _is_default(self) -> bool:
        return self._kept == self._default_text

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return self._kept


@belongs_to_main_thread
class OCIO_Knob(Colour_Knob):
    """A colour space of an OCIO node: roles first, then spaces."""

    _kept = "scene_linear"
    _has_default = False

    def values(self) -> list[str]:
        """All roles and spaces, as `name<tab>shown`."""
        return current().root._ocio_entries()
