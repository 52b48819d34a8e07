"""Nuke's progress bars, and what a person reads and answers."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread


@dataclass
class Bar:
    """What a person saw of a progress bar."""

    name: str
    messages: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    is_cancelled: bool = False
    is_open: bool = True


class ProgressTask:
    """A bar with a cancel button, from its making until it is let go; any thread may use it."""

    def __init__(self, name: str = "") -> None:
        self._bar = Bar(name)
        current().bars.append(self._bar)

    def __del__(self) -> None:
        self._bar.is_open = False

    def setMessage(self, message: str) -> None:
        """Show a text."""
        if not isinstance(message, str):
            raise current().refuse(TypeError, f"a message is text, not {message!r}")
        self._bar.messages.append(message)

    def setProgress(self, number: int) -> None:
        """Show how far it is, 0 to 100; a fraction is a `TypeError`."""
        if not isinstance(number, int) or not 0 <= number <= 100:
            raise current().refuse(TypeError, f"progress is a whole number to 100, not {number!r}")
        self._bar.numbers.append(number)

    def isCancelled(self) -> bool:
        """Whether the person pressed its button."""
        return self._bar.is_cancelled


@on_main_thread
def message(prompt: str) -> None:
    """Show a text until the person presses OK; without an interface it is printed."""
    _say("message", prompt)


@on_main_thread
def alert(prompt: str) -> None:
    """Show a warning until the person presses OK."""
    _say("message", prompt)


@on_main_thread
def critical(message: str) -> None:
    """Show a fault until the person presses OK."""
    _say("critical", message)


@on_main_thread
def ask(prompt: str) -> bool:
    """The person's answer; refused without an interface, where nobody can answer."""
    session = current()
    session.require_gui("nuke.ask")
    session.said.append(("ask", prompt))
    if not session.answers:
        raise session.refuse(RuntimeError, f"nobody was there to answer {prompt!r}")
    return session.answers.pop(0)


def warning(message: str) -> None:
    """Put a text into the error console."""
    _say("warning", message)


def error(message: str) -> None:
    """Put a fault into the error console; no exception is raised."""
    _say("error", message)


def debug(message: str) -> None:
    """Put a text into the error console, where debugging is on."""
    _say("debug", message)


def tprint(*args: object, sep: str = " ", end: str = "\n", file: Any = None) -> None:
    """Print to the terminal, not to the script editor."""
    current().said.append(("tprint", sep.join(str(one) for one in args)))
    print(*args, sep=sep, end=end, file=file or sys.stdout)


def _say(kind: str, text: str) -> None:
    if not isinstance(text, str):
        raise current().refuse(TypeError, f"{kind} takes text, not {text!r}")
    current().said.append((kind, text))
    if not current().gui:
        print(text)  # noqa: T201


class Undo:
    """The undo stack: what is done while it is disabled cannot be undone, and leaves no entry."""

    def __init__(self, name: str = "") -> None:
        self._name = name

    @classmethod
    @on_main_thread
    def disable(cls) -> None:
        """Record nothing until `enable`."""
        current().undo_disabled += 1

    @classmethod
    @on_main_thread
    def enable(cls) -> None:
        """Record again."""
        if not current().undo_disabled:
            raise current().refuse(RuntimeError, "undo was not disabled")
        current().undo_disabled -= 1

    @classmethod
    @on_main_thread
    def disabled(cls) -> bool:
        """Whether nothing is recorded."""
        return bool(current().undo_disabled)

    @classmethod
    @on_main_thread
    def begin(cls, name: str = "") -> None:
        """Begin an entry."""

    @classmethod
    @on_main_thread
    def end(cls) -> None:
        """End an entry."""

    @classmethod
    @on_main_thread
    def name(cls, name: str = "") -> None:
        """Name the entry."""

    def __enter__(self) -> Undo:
        return self

    def __exit__(self, type: Any, value: Any, traceback: Any) -> None:
        """End an entry."""
