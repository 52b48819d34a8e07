"""What a run tells its caller while it runs, and how the caller stops it.

Standard library only, Python 3.9: hosts import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Union

from corridorkey_core.errors import Cancelled

STAGES = ("read", "key", "write")
# Exit statuses: all is on disk; some frames failed; the request is wrong or could not start; 130
# as a shell has it after an interrupt.
DONE, FRAMES_FAILED, REFUSED, CANCELLED = 0, 1, 2, 130


@dataclass(frozen=True)
class RunStarted:
    """A run begins: `total` frames asked for, `skipped` of them already finished and current."""

    total: int
    skipped: tuple[int, ...] = ()


@dataclass(frozen=True)
class FrameFinished:
    """Every pass of a frame is whole on disk; `seconds` is the time of `device` on it."""

    frame: int
    paths: tuple[str, ...]
    seconds: float = 0.0
    device: str = ""


@dataclass(frozen=True)
class FrameFailed:
    """A frame will not be on disk; `stage` is read, key or write."""

    frame: int
    stage: str
    reason: str
    path: str | None = None


@dataclass(frozen=True)
class Progress:
    """Where a run stands: frames, rate over the last seconds, time left, and what it waits for.

    `rate` is in frames per second and `seconds_left` in seconds; both are None until measured.
    `bottleneck` is one of read, key, write, or None. It is told after `frame` was finished or
    failed; `device` keyed that frame, and is named where several devices key and it was finished.
    """

    done: int
    total: int
    failed: int = 0
    rate: float | None = None
    seconds_left: float | None = None
    bottleneck: str | None = None
    frame: int | None = None
    device: str = ""


@dataclass(frozen=True)
class Notice:
    """Something a person should know once: a fallback was taken, pixels were repaired."""

    message: str
    frame: int | None = None


Event = Union[RunStarted, FrameFinished, FrameFailed, Progress, Notice]
OnEvent = Callable[[Event], None]


def ignore_events(_event: Event) -> None:
    """Listen to nothing."""


class CancelToken:
    """A switch that is thrown once, from any thread or signal handler, and never reset.

    It takes no lock, since a signal handler may interrupt `cancel` itself and call it again.
    """

    def __init__(self) -> None:
        self._thrown = False
        self._wakes: list[Callable[[], None]] = []

    def cancel(self) -> None:
        """Ask the run to stop before its next frame, and wake whoever waits."""
        self._thrown = True
        for wake in tuple(self._wakes):
            wake()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._thrown

    def check(self) -> None:
        """Raise `Cancelled` if `cancel` was called."""
        if self._thrown:
            raise Cancelled("The run was cancelled.")

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Within the block, call `wake` on every `cancel`, and at once where it was called before.

        `wake` runs on the thread or in the signal handler that cancels: it must take no lock.
        """
        self._wakes.append(wake)
        try:
            if self._thrown:
                wake()
            yield
        finally:
            self._wakes.remove(wake)
