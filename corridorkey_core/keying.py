"""Who keys: the devices as the loop sees them, and the one that the caller's thread owns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
K = TypeVar("K")
Frame = TypeVar("Frame", contravariant=True)
Key = Callable[[T], K]
Around = Callable[[str, Callable[[], K]], K]
"""Does the work of a named device, on the thread that owns it: to time it and to trace it."""


@dataclass(frozen=True)
class Keyed(Generic[K]):
    """A frame whose keying has come to its end, or will do so as its result is asked for.

    `result` returns the keyed frame or raises what keying it raised; `device` did it.
    """

    number: int
    device: str
    result: Callable[[], K]


class Keying(Protocol[Frame, K]):
    """Devices that key frames; all but the keying itself belongs to the caller's thread."""

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of those that key."""

    @property
    def busy(self) -> int:
        """Frames begun and not yet taken."""

    @property
    def has_free(self) -> bool:
        """Whether one may be given a frame."""

    def begin(self, number: int, frame: Frame, around: Around[K]) -> None:
        """Give a frame to a free device; `around` is called with its name and the work."""

    def take_keyed(self) -> Keyed[K] | None:
        """A frame whose keying has come to its end, or None."""

    def drop(self) -> None:
        """Let go of every frame that was begun, whatever becomes of it."""

    def retire(self, device: str) -> bool:
        """Give a device no more frames; says whether there is another one."""

    def deliver(self) -> None:
        """Tell what devices had to say since."""

    def waking(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Within the block, call `wake`, on any thread, when there is something to take."""


class CallersThread(Generic[T, K]):
    """One device that the caller's thread owns: a frame is keyed as its result is asked for."""

    def __init__(self, key: Key[T, K], name: str = "") -> None:
        self._key = key
        self._name = name
        self._begun: list[Keyed[K]] = []

    @property
    def devices(self) -> tuple[str, ...]:
        """Its name."""
        return (self._name,)

    @property
    def busy(self) -> int:
        """Frames begun and not yet taken: one or none."""
        return len(self._begun)

    @property
    def has_free(self) -> bool:
        """Whether it may be given a frame."""
        return not self._begun

    def begin(self, number: int, frame: T, around: Around[K]) -> None:
        """Take a frame; it is keyed when its result is asked for."""
        work = partial(self._key, frame)
        self._begun.append(Keyed(number, self._name, partial(around, self._name, work)))

    def take_keyed(self) -> Keyed[K] | None:
        """The frame that was begun, or None."""
        return self._begun.pop() if self._begun else None

    def drop(self) -> None:
        """Let go of the frame that was begun."""
        self._begun.clear()

    def retire(self, device: str) -> bool:  # noqa: ARG002
        """There is no other device."""
        return False

    def deliver(self) -> None:
        """It tells at once."""

    @contextmanager
    def waking(self, wake: Callable[[], None]) -> Iterator[None]:  # noqa: ARG002
        """Nobody else works, so nobody is woken."""
        yield
