"""A record of what ran when, for https://ui.perfetto.dev or chrome://tracing.

The format is the Trace Event Format: an object with `traceEvents`, times in microseconds.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from corridorkey_core.whole_file import write_whole

MOST_EVENTS = 500_000


class Tracing(Protocol):
    """Where a run says what it does; called from any thread."""

    def span(self, name: str, **facts: object) -> AbstractContextManager[None]:
        """Record the time a block takes, on the thread it runs on."""

    def count(self, name: str, **values: float) -> None:
        """Record how many there are now, as one track of a graph."""


class Untraced:
    """Records nothing."""

    def span(self, name: str, **facts: object) -> AbstractContextManager[None]:  # noqa: ARG002
        """Run the block."""
        return nullcontext()

    def count(self, name: str, **values: float) -> None:
        """Do nothing."""


class Trace:
    """Records spans and counts in memory, the latest half million of them.

    `clock` gives nanoseconds. Every method may be called from any thread.
    """

    def __init__(self, clock: Callable[[], int] = time.perf_counter_ns) -> None:
        self._clock = clock
        self._began = clock()
        self._events: deque[dict[str, Any]] = deque(maxlen=MOST_EVENTS)
        self._threads: dict[int, str] = {}

    @contextmanager
    def span(self, name: str, **facts: object) -> Iterator[None]:
        """Record the time a block takes, on the thread it runs on, also where it raises."""
        began = self._microseconds()
        try:
            yield
        finally:
            seconds = self._microseconds() - began
            self._add({"ph": "X", "name": name, "ts": began, "dur": seconds, "args": facts})

    def count(self, name: str, **values: float) -> None:
        """Record how many there are now; each value is a band of the graph `name`."""
        self._add({"ph": "C", "name": name, "ts": self._microseconds(), "args": values})

    def save(self, path: Path) -> None:
        """Write the record as JSON, whole or not at all; raises `OSError`."""
        names = [
            {"ph": "M", "name": "thread_name", "pid": os.getpid(), "tid": tid, "args": {"name": n}}
            for tid, n in sorted(self._threads.copy().items())
        ]
        document = {"traceEvents": names + list(self._events.copy()), "displayTimeUnit": "ms"}
        write_whole(path, json.dumps(document, default=str).encode())

    def _microseconds(self) -> float:
        return (self._clock() - self._began) / 1000

    def _add(self, event: dict[str, Any]) -> None:
        tid = threading.get_native_id()
        self._threads[tid] = threading.current_thread().name
        self._events.append({**event, "pid": os.getpid(), "tid": tid})
