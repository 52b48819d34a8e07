"""When a process that nobody asks anything gives up the device, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable

FREE, END = "free", "end"


class Idle:
    """Counts from the last work: after `free_after` seconds free, after `end_after` end."""

    def __init__(
        self, free_after: float, end_after: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = {FREE: free_after, END: end_after}
        self._clock = clock
        self._since = clock()
        self._freed = False

    def worked(self) -> None:
        """Something was done just now."""
        self._since = self._clock()
        self._freed = False

    @property
    def wait(self) -> float:
        """Seconds until something is due."""
        limits = [self._limits[END]] if self._freed else list(self._limits.values())
        return max(0.0, min(limits) - self._elapsed)

    def due(self) -> str:
        """`FREE`, once, or `END`, where it is time; else nothing."""
        if self._elapsed >= self._limits[END]:
            return END
        if not self._freed and self._elapsed >= self._limits[FREE]:
            self._freed = True
            return FREE
        return ""

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._since
