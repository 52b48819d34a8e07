"""Work that jumps the queue: done between two frames of a run, while no device keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interlude:
    """What waits to be done between two frames; asked for by any thread, done by one.

    A run wakes for it wherever it waits. Work that raises ends the run as a bug does.
    """

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()
        self._wakes: list[Callable[[], None]] = []

    def ask(self, work: Callable[[], None]) -> None:
        """Have `work` done by the run's thread, after what waits already."""
        self._waiting.append(work)
        for wake in tuple(self._wakes):
            wake()

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be done."""
        return bool(self._waiting)

    def do(self) -> None:
        """Do what waits; belongs to the run's thread. What is asked for meanwhile waits on."""
        for _ in range(len(self._waiting)):
            self._waiting.popleft()()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Within the block, call `wake` whenever something is asked for."""
        self._wakes.append(wake)
        try:
            yield
        finally:
            self._wakes.remove(wake)
