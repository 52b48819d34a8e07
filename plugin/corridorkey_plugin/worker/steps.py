"""How long a device has been on one thing, told from a run's spans."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAITING = "wait for "


class Steps:
    """Stands in for a trace; what it tells is read by another thread.

    Each thread that owns a device takes steps of its own; so does the one that hands out frames.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[int, float] = {}

    @property
    def seconds(self) -> float:
        """Seconds since the oldest step began; 0 where all wait for others, or do nothing."""
        since = tuple(self._since.values())  # at once: other threads go on
        return self._clock() - min(since) if since else 0.0

    def begin(self) -> None:
        """The calling thread begins something."""
        self._since[threading.get_ident()] = self._clock()

    def end(self) -> None:
        """It has nothing to do."""
        self._since.pop(threading.get_ident(), None)

    @contextmanager
    def span(self, name: str, **_facts: object) -> Iterator[None]:
        """A stretch of a run; only keying and waiting are told of a device's thread."""
        if name != "key" and not name.startswith(WAITING):
            yield
            return
        goes_on = threading.get_ident() in self._since
        (self.end if name.startswith(WAITING) else self.begin)()
        try:
            yield
        finally:
            (self.begin if goes_on else self.end)()

    def count(self, name: str, **values: float) -> None:
        """Counts are of no interest here."""
