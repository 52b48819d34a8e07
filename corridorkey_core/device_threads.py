"""Several devices, each owned by a thread of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Generic, TypeVar

from corridorkey_core.keying import Around, Key, Keyed
from corridorkey_core.progress import Event, Notice, OnEvent, ignore_events

T = TypeVar("T")
K = TypeVar("K")
Open = Callable[[OnEvent], AbstractContextManager[Key[T, K]]]
"""Readies a device: given where to tell what it has to say, a context of what keys on it."""


class DeviceThreads(Generic[T, K]):
    """Devices by name, readied side by side on entering, closed on leaving, by their own threads.

    `tell` is called on the thread that calls `deliver`, and told once what several devices say of
    themselves alike. Entering raises what readying a device raised. A frame goes to the first
    device that is free. Use as a context manager, from one thread; no thread stays.
    """

    def __init__(self, opens: Mapping[str, Open[T, K]], tell: OnEvent = ignore_events) -> None:
        self._opens = opens
        self._tell = tell
        self._said: deque[Event] = deque()
        self._told: set[Event] = set()
        self._wake: Callable[[], None] = _nobody_waits
        self._threads: dict[str, _DeviceThread[T, K]] = {}
        self._begun: list[tuple[int, str, Future[K]]] = []
        self._opened = ExitStack()

    def __enter__(self) -> DeviceThreads[T, K]:
        with ExitStack() as opened:
            for name, open_device in self._opens.items():
                thread = _DeviceThread(name, partial(open_device, self._say))
                self._threads[name] = opened.enter_context(thread)
            for thread in self._threads.values():
                thread.ready()
            self._opened = opened.pop_all()
        self.deliver()
        return self

    def __exit__(self, *_error: object) -> None:
        self._opened.close()

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of those that key, in the order they were given in."""
        return tuple(self._threads)

    @property
    def busy(self) -> int:
        """Frames begun and not yet taken."""
        return len(self._begun)

    @property
    def has_free(self) -> bool:
        """Whether a device may be given a frame."""
        return bool(self._free)

    @property
    def _free(self) -> list[str]:
        taken = {device for _number, device, _keying in self._begun}
        return [name for name in self._threads if name not in taken]

    def begin(self, number: int, frame: T, around: Around[K]) -> None:
        """Give a frame to the first device that is free; `around` is called on its thread."""
        device = self._free[0]
        keying = self._threads[device].submit(frame, around)
        self._begun.append((number, device, keying))
        keying.add_done_callback(lambda _keying: self._wake())

    def take_keyed(self) -> Keyed[K] | None:
        """The frame begun first of those whose keying has come to its end, or None."""
        for begun in self._begun:
            number, device, keying = begun
            if keying.done():
                self._begun.remove(begun)
                return Keyed(number, device, keying.result)
        return None

    def drop(self) -> None:
        """Let go of every frame that was begun; leaving the context waits for them."""
        self._begun.clear()

    def retire(self, device: str) -> bool:
        """Give a device no more frames; says whether there is another one."""
        del self._threads[device]
        return bool(self._threads)

    def deliver(self) -> None:
        """Tell, on the caller's thread, what devices had to say since."""
        while self._said:
            event = self._said.popleft()
            if event not in self._told:
                if isinstance(event, Notice) and event.frame is None:
                    self._told.add(event)
                self._tell(event)

    def _say(self, event: Event) -> None:
        self._said.append(event)
        self._wake()

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:
        """Within the block, call `wake`, on a device's thread, when there is something to do."""
        self._wake = wake
        try:
            yield
        finally:
            self._wake = _nobody_waits


class _DeviceThread(Generic[T, K]):
    """One device and its thread, on which it is readied, keys, and is closed."""

    def __init__(
        self, name: str, open_device: Callable[[], AbstractContextManager[Key[T, K]]]
    ) -> None:
        self._name = name
        self._pool = ThreadPoolExecutor(1, f"corridorkey-{name}")
        self._stack = ExitStack()
        self._key = self._pool.submit(lambda: self._stack.enter_context(open_device()))

    def __enter__(self) -> _DeviceThread[T, K]:
        return self

    def __exit__(self, *_error: object) -> None:
        closed = self._pool.submit(self._stack.close)
        self._pool.shutdown(wait=True)
        closed.result()

    def ready(self) -> None:
        """Wait until it is ready; raises what that raised."""
        self._key.result()

    def submit(self, frame: T, around: Around[K]) -> Future[K]:
        """Have a frame keyed."""
        return self._pool.submit(around, self._name, partial(self._key.result(), frame))


def _nobody_waits() -> None:
    """Wake nobody."""
