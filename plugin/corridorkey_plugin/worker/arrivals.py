"""Frames whose files a host is still rendering: who reads them waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from corridorkey_core.errors import ReadError


class Arrivals:
    """What is announced of the awaited frames; any thread may ask, wait and announce."""

    def __init__(self, awaited: Iterable[int] = (), first: Iterable[int] = ()) -> None:
        self._awaited = set(awaited)
        self._first = set(first)
        self._failed: dict[int, str] = {}
        self._closed = False
        self._changed = threading.Condition()

    @property
    def ready(self) -> bool:
        """Whether the frames that everything needs first are announced, or nothing more comes."""
        with self._changed:
            return self._closed or not self._first

    def announce(self, frames: Iterable[int], error: str = "") -> None:
        """These frames are there, or failed by `error`."""
        with self._changed:
            for number in frames:
                self._awaited.discard(number)
                self._first.discard(number)
                if error:
                    self._failed[number] = error
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more comes; whoever waits is let go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        """Return when the frame's files are there; raises `ReadError` where they never will be."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or number not in self._awaited)
            missing = number in self._awaited
            reason = self._failed.get(number, "")
        if missing:
            raise ReadError("The host ended before it rendered the frame.", frame=number)
        if reason:
            raise ReadError(f"The host could not render it: {reason}", frame=number)
