"""Knobs that hold text, evaluated or not."""

from __future__ import annotations

import re
from typing import Any

from tests.nuke.stand_in import callbacks, tcl
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread

HASHES = re.compile(r"#+")
PADDED = re.compile(r"%0?(\d*)d")


@belongs_to_main_thread
class String_Knob(Knob):
    """Text as it stands."""

    def __init__(self, name: str, label: str | None = None, value: str = "") -> None:
        super().__init__(name, label)
        self._text = value

    def value(self, oc: Any = None) -> str:  # noqa: ARG002
        """The text, not evaluated."""
        return self._text

    def getValue(self) -> Any:
        """The text, not evaluated."""
        return self._text

    def getText(self, oc: Any = None) -> str:  # noqa: ARG002
        """The text, not evaluated."""
        return self._text

    def setValue(self, val: str, view: str = "default") -> None:  # noqa: ARG002
        """Set the text; anything but text is refused."""
        if not isinstance(val, str):
            raise current().refuse(TypeError, f"{self._name} takes text, not {val!r}")
        self._text = val
        self._changed()

    setText = setValue

    def _to_text(self) -> str:
        return self._text

    def _from_text(self, text: str) -> None:
        self._text = text

    def _become_default(self) -> None:
        self._default_text = self._text

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return self._text


@belongs_to_main_thread
class EvalString_Knob(String_Knob):
    """Text whose commands in brackets are run when it is evaluated."""

    def evaluate(self, oc: Any = None) -> str:  # noqa: ARG002
        """The text with its commands run, in the frame and view that are looked at."""
        return tcl.substituted(self._text, self.node())

    def _tcl_value(self, index: int | None) -> str:  # noqa: ARG002
        return self.evaluate()


@belongs_to_main_thread
class Multiline_Eval_String_Knob(EvalString_Knob):
    """Such text, over several lines."""


@belongs_to_main_thread
class File_Knob(EvalString_Knob):
    """A file, or a sequence: `####` and `%04d` are its frame, `%V` and `%v` its view."""

    def getValue(self) -> Any:
        """The pattern with its frame in `%04d` form, commands not run."""
        return HASHES.sub(lambda hashes: f"%0{len(hashes[0])}d", self._text)

    def value(self, oc: Any = None) -> str:  # noqa: ARG002
        """The same as `getValue`."""
        return str(self.getValue())

    def getEvaluatedValue(self, oc: Any = None) -> str:  # noqa: ARG002
        """The pattern with its commands run, and its frame left as `%04d`."""
        return tcl.substituted(self.value(), self.node())

    def evaluate(self, oc: Any = None) -> str:  # noqa: ARG002
        """The file of the frame and the view that are looked at."""
        moment = current().moment
        text = with_view(self.getEvaluatedValue(), moment.view)
        return with_frame(text, int(moment.frame))

    def fromUserText(self, text: str) -> None:
        """Take what a person typed: a path, and a range of frames after a space."""
        path, _, frames = text.rpartition(" ")
        match = re.fullmatch(r"(-?\d+)-(-?\d+)", frames) if path else None
        self.setValue(path if match else text)
        for name, number in zip(("first", "last"), match.groups() if match else (), strict=False):
            for prefix in ("", "orig"):
                knob = self.node().knob(prefix + name)
                if knob is not None:
                    knob.setValue(int(number))

    def setValue(self, val: str, view: str = "default") -> None:
        """Set the pattern. Backslashes are refused: in TCL they are none of a path's."""
        if isinstance(val, str) and re.match(r"^([A-Za-z]:\\|\\\\)", val):
            raise current().refuse(ValueError, f"{self._name}: write {val!r} with forward slashes")
        super().setValue(val, view)

    setText = setValue


@belongs_to_main_thread
class Script_Knob(String_Knob):
    """Code that a button runs."""

    def value(self) -> str:
        """The code."""
        return self._text

    def setValue(self, cmd: str) -> None:
        """Set the code."""
        super().setValue(cmd)

    def command(self) -> str:
        """The code."""
        return self._text

    def setCommand(self, cmd: str) -> None:
        """Set the code."""
        self.setValue(cmd)

    def _text_of_code(self) -> str:
        return self._text


@belongs_to_main_thread
class PyScript_Knob(Script_Knob):
    """A button that runs Python."""

    def execute(self) -> None:
        """Press it."""
        node = self.node()
        if self._name == "reload":
            current().reloads[node.fullName()] = current().reloads.get(node.fullName(), 0) + 1
            current().image_cache.clear()
            return
        with current().running_for(node, self):
            callbacks.run_code(self._text, node)


@belongs_to_main_thread
class PythonKnob(String_Knob):
    """Python that Nuke runs of its own, as `knobChanged` and `beforeRender`."""

    def _text_of_code(self) -> str:
        return self._text


@belongs_to_main_thread
class Font_Knob(String_Knob):
    """A font's name."""


def with_frame(pattern: str, frame: int) -> str:
    """A path with its frame's number in it."""
    return PADDED.sub(lambda match: f"{frame:0{match[1] or 1}d}", pattern)


def with_view(pattern: str, view: str) -> str:
    """A path with its view's name in it: `%V` whole, `%v` its first letter."""
    return pattern.replace("%V", view).replace("%v", view[:1])
