"""Knobs that hold channels or layers, and formats."""

from __future__ import annotations

from typing import Any

from tests.nuke.script_text import split_list
from tests.nuke.stand_in.channel_names import channels_of, require_known
from tests.nuke.stand_in.formats import Format
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread


@belongs_to_main_thread
class Channel_Knob(Knob):
    """Channels: a layer's name, one channel, `all`, `none`, or four of them, `-` for those off."""

    def __init__(
        self,
        name: str,
        label: str | None = None,
        depth: int = 4,
        input: int = 0,
    ) -> None:
        super().__init__(name, label)
        self._depth = depth
        self._input = input
        self._text = "none"

    def depth(self) -> int:
        """How many channels it can hold."""
        return self._depth

    def value(self) -> Any:
        """Its text."""
        return self._text

    def setValue(self, name: str) -> None:
        """Set it; layers that the script has not are refused."""
        self._take(name)
        self._changed()

    def _channels(self, available: tuple[str, ...]) -> tuple[str, ...]:
        """The channels it names, of those that there are."""
        return channels_of(self._text, available)

    def _take(self, text: str) -> None:
        for word in split_list(text):
            require_known(word.lstrip("-"))
        self._text = text

    def _to_text(self) -> str:
        return self._text

    def _word(self) -> str:
        return "{" + self._text + "}" if " " in self._text else super()._word()

    def _from_text(self, text: str) -> None:
        self._take(text)

    def _become_default(self) -> None:
        self._default_text = self._text

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return self._text


@belongs_to_main_thread
class ChannelMask_Knob(Channel_Knob):
    """Channels that an operation works on."""


@belongs_to_main_thread
class Format_Knob(Knob):
    """A format: a size, a pixel aspect, and perhaps a name."""

    def __init__(self, name: str, label: str | None = None) -> None:
        super().__init__(name, label)
        self._format: Format | None = None
        self._default_text = "0"

    def value(self) -> Any:
        """The format; the project's, where none is set."""
        return self._format or current().root._format()

    def actualValue(self) -> Any:
        """The format, where one is set."""
        return self._format

    def setValue(self, value: Any) -> bool:
        """Set it to a format, or to the name of one that the script knows."""
        self._format = value if isinstance(value, Format) else Format._named(str(value))
        self._changed()
        return True

    def _to_text(self) -> str:
        return self._format._text() if self._format else "0"

    def _from_text(self, text: str) -> None:
        self._format = None if text == "0" else Format._of(text)

    def _become_default(self) -> None:
        self._default_text = self._to_text()

    def _number(self, index: int) -> float:
        shape = self.value()
        return float((shape.width(), shape.height())[index])

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return str(self.value()._text())
