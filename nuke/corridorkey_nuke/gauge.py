"""How far a request is, in Nuke's own progress window, whose button cancels it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import nuke

from corridorkey_core.progress import Progress

SECONDS_BETWEEN_LOOKS = 0.3


class Gauge:
    """One progress window. All of it belongs to the main thread."""

    def __init__(self, title: str) -> None:
        self._task: Any = nuke.ProgressTask(title)
        self._task.setMessage("Starting the engine")

    def show(self, progress: Progress) -> None:
        """Show how far it is, and how long the rest may take."""
        self._task.setProgress(int(100 * progress.done / max(1, progress.total)))
        self._task.setMessage(words(progress))

    @property
    def cancelled(self) -> bool:
        """Whether the artist pressed its button."""
        return bool(self._task.isCancelled())

    def close(self) -> None:
        """Nuke takes the window away with its task."""
        self._task = None


def words(progress: Progress) -> str:
    """How far it is, in words."""
    said = f"{progress.done} of {progress.total}"
    if progress.failed:
        said += f", {progress.failed} failed"
    if progress.seconds_left is not None:
        said += f", {_duration(progress.seconds_left)} left"
    return said


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class Lookout:
    """Has `look` called on the main thread now and then, until it is stopped.

    A progress window tells of its button only when it is asked.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._over = threading.Event()
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name="corridorkey-cancel", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask for nothing more; returns when that is so."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            if not self._asked.is_set():
                self._asked.set()
                nuke.executeInMainThread(self._turn)

    def _turn(self) -> None:
        self._asked.clear()
        if not self._over.is_set():
            self._look()
