"""The loop's turns: the caller's thread hands out frames, and takes what has come of them.

What it promises is said in `process`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from corridorkey_core.bell import Bell
from corridorkey_core.deferred_write import DeferredWriter, FrameWrite, Part
from corridorkey_core.errors import DeviceError, KeyingError
from corridorkey_core.failure import FAILS_A_FRAME, frame_failure, note_frame
from corridorkey_core.interlude import Interlude
from corridorkey_core.keying import Keyed, Keying
from corridorkey_core.pace import Clock, Pace
from corridorkey_core.prefetch import Prefetch, Sized
from corridorkey_core.progress import (
    CancelToken,
    FrameFailed,
    FrameFinished,
    Notice,
    OnEvent,
    Progress,
)
from corridorkey_core.trace import Tracing

T = TypeVar("T", bound=Sized)
K = TypeVar("K", bound=Sized)
R = TypeVar("R")
Write = Callable[[K], Sequence[Part]]
Finished = Callable[[int, tuple[Path, ...]], None]


@dataclass(frozen=True)
class _OnDevice:
    """Which device keyed a frame, and its seconds on it."""

    name: str
    seconds: float


@dataclass
class Loop(Generic[T, K]):
    """The caller's thread: it alone hands out frames, and knows what is finished or failed."""

    keying: Keying[T, K]
    write: Write[K]
    record: Finished
    frames: Prefetch[T]
    writer: DeferredWriter
    bell: Bell
    cancel: CancelToken
    between: Interlude
    pace: Pace
    clock: Clock
    trace: Tracing
    tell: OnEvent
    stop_on_failure: bool
    finished: set[int] = field(default_factory=set)
    failed: list[FrameFailed] = field(default_factory=list)
    on_device: dict[int, _OnDevice] = field(default_factory=dict)

    def run(self) -> None:
        """Turn until every frame is handed out, then until all of them are done with."""
        try:
            while not (self._stopped or self.frames.exhausted):
                self._turn()
            self.frames.stop()
            self._drain()
        except KeyboardInterrupt:
            self._give_up()
            self._drain()
            raise
        except BaseException:
            self._give_up()
            raise

    @property
    def _stopped(self) -> bool:
        return self.cancel.cancelled or (self.stop_on_failure and bool(self.failed))

    def _turn(self) -> None:
        self._look_around()
        if self._stopped:
            return
        self.frames.fill()
        self._count_held()
        if self.between.waiting or not self.keying.has_free:
            self._wait("key")
        elif not self.writer.has_room_beside(self.keying.busy):
            self._wait("write")
        elif not self.frames.ready:
            self._wait("read")
        else:
            self._hand_out()

    def _drain(self) -> None:
        """Wait for what is being keyed and what is being written."""
        while True:
            if self.cancel.cancelled:
                self.writer.drop_unbegun()
            self._look_around()
            self._count_held()
            if self.keying.busy:
                self._wait("key")
            elif self.writer.held:
                self._wait("write")
            else:
                return

    def _look_around(self) -> None:
        """Take what devices and writers are done with; do what was asked for between frames."""
        self._collect()
        # After it, so that nothing said of a frame is told after its end.
        self.keying.deliver()
        self._settle()
        if not self.keying.busy:
            self.between.do()

    def _give_up(self) -> None:
        self.frames.stop()
        self.keying.drop()
        self.writer.drop_unbegun()

    def _wait(self, stage: str) -> None:
        """Wait for a stage, which devices that are free do, too."""
        devices = len(self.keying.devices)
        idle = (devices - self.keying.busy) / devices
        with self.pace.spending(stage, share=idle), self.trace.span(f"wait for {stage}"):
            self.bell.wait()

    def _count_held(self) -> None:
        self.trace.count(
            "frames held", read=self.frames.held, key=self.keying.busy, write=self.writer.held
        )

    def _hand_out(self) -> None:
        number, reading = self.frames.take()
        self.frames.fill()
        frame = self._attempt("read", number, reading.result)
        if frame is not None:
            self.keying.begin(number, frame, partial(self._timed, number))
            self._collect()

    def _timed(self, number: int, device: str, work: Callable[[], K]) -> K:
        """One frame's keying, on whatever thread owns the device."""
        began = self.clock()
        try:
            with self.trace.span("key", frame=number, device=device):
                return work()
        finally:
            self.on_device[number] = _OnDevice(device, self.clock() - began)

    def _collect(self) -> None:
        """Have written what devices are done with."""
        while (keyed := self.keying.take_keyed()) is not None:
            number = keyed.number
            frame = self._attempt("key", number, partial(self._result, keyed))
            self.pace.count("key", self.on_device[number].seconds / len(self.keying.devices))
            if frame is None or self.cancel.cancelled or not self._submitted(number, frame):
                del self.on_device[number]

    def _submitted(self, number: int, keyed: K) -> bool:
        parts = self._attempt("write", number, partial(self._parts, number, keyed))
        if parts is not None:
            self.writer.submit(number, parts, keyed.nbytes)
        return parts is not None

    def _result(self, keyed: Keyed[K]) -> K:
        try:
            return keyed.result()
        except DeviceError as error:
            if not self.keying.retire(keyed.device):
                raise
            self.tell(Notice(f"{error} It is given no more frames; other devices go on."))
            raise KeyingError(str(error), frame=keyed.number) from error

    def _parts(self, number: int, keyed: K) -> Sequence[Part]:
        return [partial(_traced, self.trace, number, part) for part in self.write(keyed)]

    def _settle(self) -> None:
        """Tell of every frame whose writing has come to an end."""
        while (written := self.writer.take_settled()) is not None:
            number = written.number
            device = self.on_device.pop(number)
            paths = self._attempt("write", number, partial(self._recorded, written))
            if paths is not None:
                self.finished.add(number)
                self.pace.settle()
                names = tuple(map(str, paths))
                self.tell(FrameFinished(number, names, device.seconds, device.name))
                self._tell_progress(number, device.name)

    def _recorded(self, written: FrameWrite) -> tuple[Path, ...]:
        paths = written.paths()
        self.record(written.number, paths)
        return paths

    def _attempt(self, stage: str, number: int, work: Callable[[], R]) -> R | None:
        """What one stage makes of a frame; None where the frame failed, which was told."""
        try:
            return work()
        except FAILS_A_FRAME[stage] as error:
            # A future keeps its exception, whose traceback would keep the frame's pixels.
            failure = frame_failure(error.with_traceback(None), stage, number)
        except Exception as error:
            note_frame(error, stage, number)
            raise
        self.failed.append(failure)
        self.pace.settle()
        self.tell(failure)
        self._tell_progress(number)
        return None

    def _tell_progress(self, number: int, device: str = "") -> None:
        pace = self.pace
        self.tell(
            Progress(
                done=len(self.finished),
                total=pace.frames,
                failed=len(self.failed),
                rate=pace.rate,
                seconds_left=pace.seconds_left,
                bottleneck=pace.bottleneck,
                frame=number,
                device=device if len(self.keying.devices) > 1 else "",
            )
        )


def _traced(trace: Tracing, number: int, part: Part) -> Path:
    with trace.span("write", frame=number):
        return part()
