"""How long the device's thread has been on one thing, told from a run's spans."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WAITING = "wait for "


class Steps:
    """Stands in for a trace; what it tells is read by another thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the last step began; 0 where it waits for others, or does nothing."""
        since = self._since
        return 0.0 if since is None else self._clock() - since

    def begin(self) -> None:
        """The device's thread begins something."""
        self._since = self._clock()

    def end(self) -> None:
        """It has nothing to do."""
        self._since = None

    @contextmanager
    def span(self, name: str, **_facts: object) -> Iterator[None]:
        """A stretch of a run; only keying and waiting are the device's thread's own."""
        if name != "key" and not name.startswith(WAITING):
            yield
            return
        self._since = None if name.startswith(WAITING) else self._clock()
        try:
            yield
        finally:
            self._since = self._clock()

    def count(self, name: str, **values: float) -> None:
        """Counts are of no interest here."""
