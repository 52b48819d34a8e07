"""The loop that joins reading, keying and writing. Where it does otherwise, it is wrong:

Success   Every frame asked for has every file whole on disk, and recorded, when the call returns.
Failure   A frame fails where reading or writing it raises a `FrameError`, `OSError` or
          `MemoryError`, or keying it a `FrameError` or `MemoryError`. It is told at once, with
          stage, file and reason, and the others go on. A frame of several files fails when one of
          them does, or when it cannot be recorded: files of it that are on disk are whole, and
          no record claims them.
          With `on_error` "stop" no frame starts after the first failure; frames that are keyed
          are written.
Cancel    No frame starts once the token is thrown, whatever is waited for. A frame of which no
          file has begun is dropped; one of which a file has begun is finished, so that no frame
          is left half old and half new. Reads that run are waited for and thrown away. A
          `KeyboardInterrupt` does the same and then goes on.
Bug       Any other exception, of `on_event` too, ends the run as cancelling does, and goes on with
          its traceback. Frames on disk that were not recorded yet stay unrecorded, and are keyed
          again by the next run.
Memory    At most `limits.read_ahead` frames and `read_bytes` wait for the device, one is on it, and
          at most `write_behind` frames and `write_bytes` wait for the disk; one frame a side is
          always allowed.
Order     Frames are read and keyed in the order asked for; they may finish in another.
Between   What is asked of `interlude` is done on the caller's thread before the next frame is
          keyed, at once where the run waits, and after a cancel too.
Threads   `key`, `write`, `finished` and `on_event` run on the caller's thread; `read` and the parts
          that `write` returns do not. No thread is left, however the call ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from corridorkey_core.bell import Bell
from corridorkey_core.deferred_write import DeferredWriter, FrameWrite, Part
from corridorkey_core.failure import FAILS_A_FRAME, frame_failure, note_frame
from corridorkey_core.interlude import Interlude
from corridorkey_core.limits import Limits
from corridorkey_core.pace import Clock, Pace
from corridorkey_core.prefetch import Prefetch, Read, Sized
from corridorkey_core.progress import (
    CancelToken,
    FrameFailed,
    FrameFinished,
    OnEvent,
    Progress,
    RunStarted,
    ignore_events,
)
from corridorkey_core.trace import Tracing, Untraced

T = TypeVar("T", bound=Sized)
K = TypeVar("K", bound=Sized)
R = TypeVar("R")
Key = Callable[[T], K]
Write = Callable[[K], Sequence[Part]]
Finished = Callable[[int, tuple[Path, ...]], None]


@dataclass(frozen=True)
class Report:
    """What became of every frame asked for: finished, failed, skipped, or `unfinished`.

    `finished` and `unfinished` are in the order asked for, `failed` in that of failing. A run is
    `cancelled` only where that left frames unfinished. `seconds` is the whole run's time;
    `stage_seconds` what the device's thread spent waiting for reads, keying, waiting for writes.
    """

    finished: tuple[int, ...]
    failed: tuple[FrameFailed, ...]
    skipped: tuple[int, ...]
    unfinished: tuple[int, ...]
    cancelled: bool
    seconds: float
    stage_seconds: Mapping[str, float]
    bottleneck: str | None


def record_nothing(_number: int, _paths: tuple[Path, ...]) -> None:
    """Keep no record of finished frames."""


def process(
    numbers: Sequence[int],
    *,
    read: Read[T],
    key: Key[T, K],
    write: Write[K],
    limits: Limits,
    on_event: OnEvent = ignore_events,
    cancel: CancelToken | None = None,
    on_error: str = "continue",
    finished: Finished = record_nothing,
    skipped: Sequence[int] = (),
    trace: Tracing | None = None,
    interlude: Interlude | None = None,
    clock: Clock = time.perf_counter,
) -> Report:
    """Read, key and write every frame of `numbers`, by the contract above.

    `write` turns a keyed frame into one callable a file, each of which writes that file whole and
    returns its path. `finished` records a frame whose files are all on disk. `skipped` are frames
    that need no keying; they are only told. Raises `ValueError` where a number comes twice.
    """
    if len(set(numbers)) < len(numbers):
        raise ValueError("A frame is asked for twice; two writers of one file would meet.")
    token, tracing, bell = cancel or CancelToken(), trace or Untraced(), Bell()
    between = interlude or Interlude()
    pace = Pace(len(numbers), clock)
    on_event(RunStarted(len(numbers) + len(skipped), tuple(skipped)))
    with (
        token.waking(bell.ring),
        between.waking(bell.ring),
        DeferredWriter(limits, bell.ring) as writer,
        Prefetch(numbers, _traced_read(read, tracing), limits, bell.ring) as frames,
    ):
        loop = _Loop(
            key,
            write,
            finished,
            frames,
            writer,
            bell,
            token,
            between,
            pace,
            tracing,
            on_event,
            stop_on_failure=on_error == "stop",
        )
        loop.run()
    return loop.report(numbers, tuple(skipped))


@dataclass
class _Loop(Generic[T, K]):
    """The caller's thread: it alone keys, and it alone knows what is finished and what failed."""

    key: Key[T, K]
    write: Write[K]
    record: Finished
    frames: Prefetch[T]
    writer: DeferredWriter
    bell: Bell
    cancel: CancelToken
    between: Interlude
    pace: Pace
    trace: Tracing
    tell: OnEvent
    stop_on_failure: bool
    finished: set[int] = field(default_factory=set)
    failed: list[FrameFailed] = field(default_factory=list)
    key_seconds: dict[int, float] = field(default_factory=dict)

    def run(self) -> None:
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

    def report(self, numbers: Sequence[int], skipped: tuple[int, ...]) -> Report:
        settled = self.finished.union(failure.frame for failure in self.failed)
        unfinished = tuple(number for number in numbers if number not in settled)
        return Report(
            finished=tuple(number for number in numbers if number in self.finished),
            failed=tuple(self.failed),
            skipped=skipped,
            unfinished=unfinished,
            cancelled=self.cancel.cancelled and bool(unfinished),
            seconds=self.pace.seconds,
            stage_seconds=self.pace.stage_seconds,
            bottleneck=self.pace.overall_bottleneck,
        )

    @property
    def _stopped(self) -> bool:
        return self.cancel.cancelled or (self.stop_on_failure and bool(self.failed))

    def _turn(self) -> None:
        self._settle()
        self.between.do()
        if self._stopped:
            return
        self.frames.fill()
        self.trace.count("frames held", read=self.frames.held, write=self.writer.held)
        if not self.writer.has_room:
            self._wait("write")
        elif not self.frames.ready:
            self._wait("read")
        else:
            self._key_next()

    def _drain(self) -> None:
        """Wait for what is being written."""
        while True:
            if self.cancel.cancelled:
                self.writer.drop_unbegun()
            self._settle()
            self.between.do()
            self.trace.count("frames held", read=self.frames.held, write=self.writer.held)
            if not self.writer.held:
                return
            self._wait("write")

    def _give_up(self) -> None:
        self.frames.stop()
        self.writer.drop_unbegun()

    def _wait(self, stage: str) -> None:
        with self.pace.spending(stage), self.trace.span(f"wait for {stage}"):
            self.bell.wait()

    def _key_next(self) -> None:
        number, reading = self.frames.take()
        self.frames.fill()
        frame = self._attempt("read", number, reading.result)
        if frame is None:
            return
        keyed = self._attempt("key", number, partial(self._timed_key, number, frame))
        if keyed is None or self.cancel.cancelled:
            return
        parts = self._attempt("write", number, partial(self._parts, number, keyed))
        if parts is not None:
            self.writer.submit(number, parts, keyed.nbytes)

    def _timed_key(self, number: int, frame: T) -> K:
        with self.pace.spending("key") as stopwatch, self.trace.span("key", frame=number):
            keyed = self.key(frame)
        self.key_seconds[number] = stopwatch.seconds
        return keyed

    def _parts(self, number: int, keyed: K) -> Sequence[Part]:
        return [partial(_traced, self.trace, number, part) for part in self.write(keyed)]

    def _settle(self) -> None:
        """Tell of every frame whose writing has come to an end."""
        while (written := self.writer.take_settled()) is not None:
            number = written.number
            seconds = self.key_seconds.pop(number)
            paths = self._attempt("write", number, partial(self._recorded, written))
            if paths is not None:
                self.finished.add(number)
                self.pace.settle()
                self.tell(FrameFinished(number, tuple(map(str, paths)), seconds))
                self._tell_progress()

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
        self._tell_progress()
        return None

    def _tell_progress(self) -> None:
        pace = self.pace
        self.tell(
            Progress(
                done=len(self.finished),
                total=pace.frames,
                failed=len(self.failed),
                rate=pace.rate,
                seconds_left=pace.seconds_left,
                bottleneck=pace.bottleneck,
            )
        )


def _traced_read(read: Read[T], trace: Tracing) -> Read[T]:
    def traced(number: int) -> T:
        with trace.span("read", frame=number):
            return read(number)

    return traced


def _traced(trace: Tracing, number: int, part: Part) -> Path:
    with trace.span("write", frame=number):
        return part()
