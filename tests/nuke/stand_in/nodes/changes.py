"""What a node does when something of it changes: knobs that come and go, and who is told."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in import callbacks
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.make import knob_of
from tests.nuke.stand_in.session import current

QUIET = ("xpos", "ypos", "selected", "name")


class Changes:
    """The part of a node that hears of changes."""

    def _file_type_was_set(self: Any, name: str) -> None:
        """Some knobs come only with a file's type, named or told by the file's ending."""
        if not self._fact.by_file_type or name not in ("file", "file_type"):
            return
        named = self._knobs["file_type"]._to_text().strip()
        ending = self._knobs["file"]._to_text().rpartition(".")[2]
        for fact in self._fact.by_file_type.get(named or ending, {}).values():
            if fact.name not in self._knobs:
                self._add(knob_of(fact))

    def _knob_was_changed(self: Any, knob: Knob) -> None:
        self._require_alive()
        session = current()
        self._file_type_was_set(knob._name)
        if knob._name not in QUIET:
            session.changed()
        self._told_of(knob)

    def _tell(self: Any, name: str) -> None:
        """`knobChanged` is also told of what is no change of a knob, by knobs that are none."""
        dummy = Knob(name)
        dummy._node = self
        self._told_of(dummy)

    def _told_of(self: Any, knob: Knob) -> None:
        """Run `knobChanged`; what it changes itself does not run it again."""
        session = current()
        is_heard = session.tells_all_changes or (session.gui and self._is_shown)
        if not is_heard or self in session.telling or not self._is_in_its_group():
            return
        session.telling.append(self)
        try:
            callbacks.run("KnobChanged", self, knob)
        finally:
            session.telling.pop()

    def _is_in_its_group(self: Any) -> bool:
        """A node that is still being made tells nobody."""
        return self._parent is None or self in self._parent._children
