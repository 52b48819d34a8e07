"""Frames read ahead of the device: in order, bounded by frames and by bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from corridorkey_core.limits import Limits


class Sized(Protocol):
    """What says how much memory it holds."""

    @property
    def nbytes(self) -> int:
        """Bytes of pixels held."""


T = TypeVar("T", bound=Sized)
Read = Callable[[int], T]


class Prefetch(Generic[T]):
    """Reads frames on threads of its own; every method belongs to one other thread.

    Frames being read count as large as the largest one read so far (`limits.frame_bytes` until
    then), so a frame larger than all before it can pass the bound by what it is larger. A frame
    that was taken no longer counts. `wake` is called whenever a read ends, on its thread, and
    must not block. Leaving the context waits for the reads that run; no thread stays.
    """

    def __init__(
        self, numbers: Iterable[int], read: Read[T], limits: Limits, wake: Callable[[], None]
    ) -> None:
        self._unread = deque(numbers)
        self._reads: deque[tuple[int, Future[T]]] = deque()
        self._read = read
        self._limits = limits
        self._wake = wake
        self._largest = limits.frame_bytes
        self._measured = False
        self._pool = ThreadPoolExecutor(limits.read_threads, "corridorkey-read")

    def __enter__(self) -> Prefetch[T]:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._pool.shutdown(wait=True)

    @property
    def exhausted(self) -> bool:
        """Whether every frame was taken."""
        return not self._unread and not self._reads

    @property
    def ready(self) -> bool:
        """Whether the next frame's read has ended, well or badly."""
        return bool(self._reads) and self._reads[0][1].done()

    @property
    def held(self) -> int:
        """Frames read or being read, and not yet taken."""
        return len(self._reads)

    def fill(self) -> None:
        """Begin as many reads as there is room for."""
        while self._unread and self._has_room():
            number = self._unread.popleft()
            future = self._pool.submit(self._read, number)
            self._reads.append((number, future))
            future.add_done_callback(lambda _future: self._wake())

    def take(self) -> tuple[int, Future[T]]:
        """The next frame's number and its read, which has ended where `ready` says so."""
        number, future = self._reads.popleft()
        self._learn([_size(future) or 0])
        return number, future

    def stop(self) -> None:
        """Begin no more reads, and wait for none."""
        self._unread.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _has_room(self) -> bool:
        if not self._reads:
            return True
        if len(self._reads) >= self._limits.read_ahead:
            return False
        sizes = [_size(future) for _number, future in self._reads]
        self._learn([size or 0 for size in sizes])
        held = sum(self._largest if size is None else size for size in sizes)
        return held + self._largest <= self._limits.read_bytes

    def _learn(self, sizes: list[int]) -> None:
        """Let real sizes replace the first estimate, which a header could only guess."""
        real = max(sizes, default=0)
        if real and not self._measured:
            self._measured = True
            self._largest = real
        self._largest = max(self._largest, real)


def _size(future: Future[T]) -> int | None:
    """Bytes a read holds: None while it runs, 0 where it failed."""
    if not future.done():
        return None
    return 0 if future.exception() else future.result().nbytes
