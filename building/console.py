"""What a person sees of a setup: each step, what it does now, and how long it took."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from building.child import OnLine

ERASE = "\r\x1b[K"


class Console:
    """Lines on a stream; on a terminal the last one lives while a step runs."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()

    def say(self, text: str) -> None:
        """One line, at once."""
        self._stream.write(text + "\n")
        self._stream.flush()

    @contextmanager
    def step(self, name: str) -> Iterator[OnLine]:
        """Name a step and time it; yields what takes the lines of the child that does it."""
        began = time.monotonic()
        if not self._live:
            self.say(f"{name} ...")

        def on_line(line: str) -> None:
            if self._live:
                self._draw(f"{name} ... {time.monotonic() - began:.0f} s  {line.strip()}")

        on_line("")
        try:
            yield on_line
        except BaseException:
            self._end(f"{name}: not done after {_seconds(began)}")
            raise
        self._end(f"{name}: done in {_seconds(began)}")

    def _draw(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(ERASE + text[:width])
        self._stream.flush()

    def _end(self, text: str) -> None:
        self.say(f"{ERASE if self._live else ''}{text}")


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"
