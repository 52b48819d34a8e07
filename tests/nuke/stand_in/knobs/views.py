"""Knobs that hold views."""

from __future__ import annotations

from typing import Any

from tests.nuke.script_text import split_list
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class MultiView_Knob(Knob):
    """Several views; all of the script where none was chosen."""

    def __init__(self, name: str, label: str | None = None) -> None:
        super().__init__(name, label)
        self._text = ""

    def value(self) -> str:
        """Their names, with spaces between."""
        return self._text or " ".join(current().root._views)

    def setValue(self, value: Any) -> None:
        """Set them, by names with spaces between; views that there are none of are refused."""
        self._from_text(str(value))
        self._changed()

    def _to_text(self) -> str:
        return self._text

    def _word(self) -> str:
        return "{" + self._text + "}"

    def _from_text(self, text: str) -> None:
        for view in split_list(text):
            if view not in current().root._views:
                raise current().refuse(ValueError, f"the script has no view {view!r}")
        self._text = text

    def _become_default(self) -> None:
        self._default_text = self._text
