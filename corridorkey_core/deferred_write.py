"""Keyed frames written behind the device: bounded by frames and by bytes, files in parallel."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from corridorkey_core.limits import Limits

Part = Callable[[], Path]


NICE = 5


def step_back() -> None:
    """Let other threads of this process go before the one that calls, where Linux does it.

    Encoding takes every core; the thread that feeds the device must not queue behind it.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # A container may forbid it; then they share the cores evenly.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICE)


class FrameWrite:
    """One frame on its way to disk, each of its files a task of its own.

    Either every file is begun or none is: a frame is dropped only before its first file begins,
    and after a file failed the files not begun yet are not begun.
    """

    def __init__(self, number: int, nbytes: int) -> None:
        self.number = number
        self.nbytes = nbytes
        self._lock = threading.Lock()
        self._begun = False
        self._given_up = False
        self._files: list[Future[Path | None]] = []

    def begin(self, pool: ThreadPoolExecutor, parts: Sequence[Part]) -> None:
        """Queue every file, or where that is interrupted, none that has not begun by then."""
        try:
            self._files = [pool.submit(self._write, part) for part in parts]
        except BaseException:
            self._given_up = True
            raise

    def call_when_a_file_ends(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, on a writing thread, each time a file is written or fails."""
        for file in self._files:
            file.add_done_callback(lambda _file: wake())

    @property
    def settled(self) -> bool:
        """Whether every file is written, failed, or never will be begun."""
        return all(file.done() for file in self._files)

    def drop(self) -> bool:
        """Give the frame up unless a file of it has begun; says whether it was."""
        with self._lock:
            self._given_up = self._given_up or not self._begun
            return not self._begun

    def paths(self) -> tuple[Path, ...]:
        """The files of a settled frame, once; raises what the first one that failed raised."""
        # Errors hold, through their tracebacks, this frame and its pixels: let go of them.
        files, self._files = self._files, []
        results = [file.result() for file in files]
        return tuple(path for path in results if path is not None)

    def _write(self, part: Part) -> Path | None:
        with self._lock:
            if self._given_up:
                return None
            self._begun = True
        try:
            return part()
        except BaseException:
            self._given_up = True
            raise


class DeferredWriter:
    """Writes frames on threads of its own; every method belongs to one other thread.

    A frame to come counts as large as the largest one so far. `wake` is called whenever a file
    ends, on its thread, and must not block. Leaving the context drops the frames not begun and
    waits for the files of the others; no thread stays.
    """

    def __init__(self, limits: Limits, wake: Callable[[], None]) -> None:
        self._limits = limits
        self._wake = wake
        self._frames: list[FrameWrite] = []
        self._largest = 0
        self._pool = ThreadPoolExecutor(limits.write_threads, "corridorkey-write", step_back)

    def __enter__(self) -> DeferredWriter:
        return self

    def __exit__(self, *_error: object) -> None:
        self.drop_unbegun()
        self._pool.shutdown(wait=True)

    @property
    def held(self) -> int:
        """Frames that are not settled yet, or not taken since."""
        return len(self._frames)

    @property
    def held_bytes(self) -> int:
        """Bytes of those frames."""
        return sum(frame.nbytes for frame in self._frames)

    @property
    def has_room(self) -> bool:
        """Whether one more frame may be keyed; always, where none is held."""
        return self.has_room_beside(0)

    def has_room_beside(self, coming: int) -> bool:
        """Whether one more frame may be keyed while so many are; always, where it is the only one.

        Until a frame came, each counts as large as a read one is expected to be.
        """
        frames = self.held + coming
        if not frames:
            return True
        largest = self._largest or self._limits.frame_bytes
        expected = self.held_bytes + (coming + 1) * largest
        return frames < self._limits.write_behind and expected <= self._limits.write_bytes

    def submit(self, number: int, parts: Sequence[Part], nbytes: int) -> None:
        """Write a frame of `nbytes`, each part one file; the caller asks `has_room` before."""
        frame = FrameWrite(number, nbytes)
        self._largest = max(self._largest, nbytes)
        frame.begin(self._pool, parts)
        self._frames.append(frame)
        frame.call_when_a_file_ends(self._wake)

    def take_settled(self) -> FrameWrite | None:
        """The oldest frame that is settled, which is held no longer; or None."""
        for frame in self._frames:
            if frame.settled:
                self._frames.remove(frame)
                return frame
        return None

    def drop_unbegun(self) -> None:
        """Give up every frame of which no file has begun; the latest first, as it is farthest."""
        for frame in reversed(tuple(self._frames)):
            if not frame.settled and frame.drop():
                self._frames.remove(frame)
