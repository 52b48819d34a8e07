"""A shot without pictures: every stage can be held, made to fail, and is counted."""

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from corridorkey_core.device_threads import DeviceThreads
from corridorkey_core.errors import FrameError, KeyingError, ReadError, WriteError
from corridorkey_core.keying import Key
from corridorkey_core.limits import Limits
from corridorkey_core.process import Report, process
from corridorkey_core.progress import Event, FrameFailed, FrameFinished, OnEvent

WAIT = 20.0
FILES = 2
NARROW = Limits(frame_bytes=100, read_ahead=2, write_behind=2, read_threads=2, write_threads=2)
WIDE = Limits(frame_bytes=100, read_ahead=4, write_behind=4, read_threads=2, write_threads=3)
Action = Callable[[], object]
ERRORS: dict[str, type[FrameError]] = {"read": ReadError, "key": KeyingError, "write": WriteError}


class Pixels:
    """What read and key give: a number and a size, and it can be seen to be freed."""

    def __init__(self, number: int, nbytes: int) -> None:
        self.number = number
        self.nbytes = nbytes


class Gate:
    """Holds whoever comes until it is opened, and knows how many came."""

    def __init__(self) -> None:
        self._came = threading.Semaphore(0)
        self._open = threading.Event()

    def __call__(self) -> None:
        self._came.release()
        assert self._open.wait(WAIT), "nobody opened the gate"

    def wait_for(self, count: int = 1) -> None:
        for _ in range(count):
            assert self._came.acquire(timeout=WAIT), "nobody came"

    def open(self) -> None:
        self._open.set()


class Waits:
    """Stands in for a trace: says when the loop begins and ends to wait, and for what."""

    def __init__(self) -> None:
        self.begin: dict[str, Action] = {}
        self.end: dict[str, Action] = {}

    @contextmanager
    def span(self, name: str, **_facts: object) -> Iterator[None]:
        try:
            self.begin.get(name, lambda: None)()
            yield
        finally:
            self.end.get(name, lambda: None)()

    def count(self, name: str, **values: float) -> None:
        """Counts are of no interest here."""


class Shot:
    """Frames that are read, keyed and written as told; `log` has (stage, number) as begun."""

    def __init__(self, frames: int = 6, nbytes: int = 100) -> None:
        self.numbers = tuple(range(1, frames + 1))
        self.nbytes = nbytes
        self.log: list[tuple[str, int]] = []
        self.events: list[Event] = []
        self.recorded: list[int] = []
        self.on_disk: dict[int, int] = defaultdict(int)
        self.keyed_on: dict[int, list[int]] = defaultdict(list)
        self.tells: list[OnEvent] = []
        self.waits = Waits()
        self.most_read = self.most_keyed = 0
        self._read: weakref.WeakSet[Pixels] = weakref.WeakSet()
        self._keyed: weakref.WeakSet[Pixels] = weakref.WeakSet()
        self._actions: dict[tuple[str, int], Action] = {}
        self._lock = threading.Lock()

    def at(self, stage: str, numbers: int | Sequence[int], action: Action) -> None:
        """Call `action` whenever a stage comes to a frame, on the stage's own thread."""
        for number in [numbers] if isinstance(numbers, int) else numbers:
            self._actions[stage, number] = action

    def fail(self, stage: str, number: int, error: BaseException) -> None:
        self.at(stage, number, partial(throw, error))

    def read(self, number: int) -> Pixels:
        self._come("read", number)
        with self._lock:
            pixels = Pixels(number, self.nbytes)
            self._read.add(pixels)
            self.most_read = max(self.most_read, len(self._read))
        return pixels

    def key(self, frame: Pixels) -> Pixels:
        self._come("key", frame.number)
        with self._lock:
            keyed = Pixels(frame.number, self.nbytes)
            self._keyed.add(keyed)
            self.most_keyed = max(self.most_keyed, len(self._keyed))
        return keyed

    def write(self, keyed: Pixels) -> list[Callable[[], Path]]:
        self._come("parts", keyed.number)
        return [partial(self._write, keyed, index) for index in range(FILES)]

    def _write(self, keyed: Pixels, index: int) -> Path:
        self._come("write", keyed.number)
        self._come(f"write {index}", keyed.number)
        with self._lock:
            self.on_disk[keyed.number] += 1
        return Path(f"{keyed.number}.{index}")

    def record(self, number: int, paths: tuple[Path, ...]) -> None:
        self._come("record", number)
        assert paths == tuple(Path(f"{number}.{index}") for index in range(FILES))
        self.recorded.append(number)

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self._come(type(event).__name__, getattr(event, "frame", 0))

    def _come(self, stage: str, number: int) -> None:
        self.log.append((stage, number))
        self._actions.get((stage, number), lambda: None)()

    def begun(self, stage: str) -> list[int]:
        return [number for name, number in self.log if name == stage]

    def process(self, limits: Limits = WIDE, devices: int = 0, **options: Any) -> Report:
        """Process all frames, on the caller's thread or by devices of threads of their own."""
        if not devices:
            return self._process(limits, self.key, **options)
        opens = {f"device {index}": partial(self._open, index) for index in range(devices)}
        with DeviceThreads(opens, self.tell) as keying:
            return self._process(limits, keying, **options)

    @contextmanager
    def _open(self, index: int, tell: OnEvent) -> Iterator[Key[Pixels, Pixels]]:
        self._come("open", index)
        self.tells.append(tell)
        try:
            yield partial(self._key_on, index)
        finally:
            self._come("close", index)

    def _key_on(self, index: int, frame: Pixels) -> Pixels:
        with self._lock:
            self.keyed_on[index].append(frame.number)
        self._come(f"key on {index}", frame.number)
        return self.key(frame)

    def _process(self, limits: Limits, key: Any, **options: Any) -> Report:
        report = process(
            self.numbers,
            read=self.read,
            key=key,
            write=self.write,
            limits=limits,
            on_event=self.tell,
            finished=self.record,
            trace=self.waits,
            **options,
        )
        self.check(report)
        return report

    def check(self, report: Report) -> None:
        """What holds of every report: each frame once, told once, and finished means on disk."""
        failed = [failure.frame for failure in report.failed]
        whole = [*report.finished, *failed, *report.unfinished]
        assert sorted(whole) == sorted(self.numbers)
        assert all(self.on_disk[number] == FILES for number in report.finished)
        assert sorted(self.recorded) == sorted(report.finished)
        told = [event.frame for event in self.events if isinstance(event, FrameFinished)]
        assert sorted(told) == sorted(report.finished)
        assert [event for event in self.events if isinstance(event, FrameFailed)] == list(
            report.failed
        )


class Elsewhere:
    """A call on a thread of its own, whose result or error is asked for later."""

    def __init__(self, call: Callable[[], Report]) -> None:
        self._call = call
        self._report: Report | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._report = self._call()
        except BaseException as error:
            self._error = error

    def report(self) -> Report:
        self._thread.join(WAIT)
        assert not self._thread.is_alive(), "the run hangs"
        if self._error is not None:
            raise self._error
        assert self._report is not None
        return self._report


def throw(error: BaseException) -> None:
    raise error


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """Assert that the block leaves neither a thread nor an open file behind."""
    threads, files = set(threading.enumerate()), _open_files()
    yield
    assert set(threading.enumerate()) <= threads
    assert _open_files() <= files


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0
