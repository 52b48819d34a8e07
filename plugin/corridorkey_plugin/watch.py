"""Whether the engine's process still lives, judged by what is heard of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass(frozen=True)
class Patience:
    """How long a host waits, in seconds.

    `start` for the engine to be loaded; `silence` until it is asked how it is, and `answer` more
    for the answer; `step` for one frame, or for the loading of a keyer; `ask` for an end that was
    asked for, and `terminate` for one that was demanded.
    """

    start: float = 300.0
    silence: float = 15.0
    answer: float = 60.0
    step: float = 1800.0
    ask: float = 10.0
    terminate: float = 5.0


class Watch:
    """What to do now about a process: nothing yet, ask it, or give it up."""

    def __init__(self, patience: Patience, clock: Clock) -> None:
        self._patience = patience
        self._clock = clock
        self._heard = clock()
        self._asked = False
        self._step = 0.0

    def heard(self, step_seconds: float | None = None) -> None:
        """Something was said; `step_seconds` is how long its device has been on one thing."""
        self._heard = self._clock()
        self._asked = False
        if step_seconds is not None:
            self._step = step_seconds

    @property
    def wait(self) -> float:
        """Seconds until there is something to do."""
        limit = self._patience.silence + (self._patience.answer if self._asked else 0.0)
        return max(0.0, limit - (self._clock() - self._heard))

    def must_ask(self) -> bool:
        """Whether it is time to ask how it is; from then on an answer is waited for."""
        due = not self._asked and self.wait <= 0.0
        self._asked = self._asked or due
        return due

    def lost(self) -> str:
        """Why the process is to be given up, in words; empty where it is not."""
        if self._step > self._patience.step:
            return f"it has been busy with one frame for {self._step:.0f} seconds"
        if self._asked and self.wait <= 0.0:
            return f"it has not answered for {self._clock() - self._heard:.0f} seconds"
        return ""
