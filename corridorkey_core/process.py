"""The loop that joins reading, keying and writing. Where it does otherwise, it is wrong:

Success   Every frame asked for has every file whole on disk, and recorded, when the call returns.
Failure   A frame fails where reading or writing it raises a `FrameError`, `OSError` or
          `MemoryError`, or keying it a `FrameError` or `MemoryError`. It is told at once, with
          stage, file and reason, and the others go on. A frame of several files fails when one of
          them does, or when it cannot be recorded: files of it that are on disk are whole, and
          no record claims them.
          With `on_error` "stop" no frame starts after the first failure; frames that are keyed,
          or being keyed, are written.
Device    One that raises a `DeviceError` fails its frame and is given no more, which is told; the
          others go on. Nobody else is given that frame: it may be what did it. The last device's
          `DeviceError` ends the run as a bug does.
Cancel    No frame starts once the token is thrown, whatever is waited for. A frame of which no
          file has begun is dropped; one of which a file has begun is finished, so that no frame
          is left half old and half new. Reads that run are waited for and thrown away. A
          `KeyboardInterrupt` does the same and then goes on.
Bug       Any other exception, of `on_event` too, ends the run as cancelling does, and goes on with
          its traceback. Frames on disk that were not recorded yet stay unrecorded, and are keyed
          again by the next run.
Memory    At most `limits.read_ahead` frames and `read_bytes` wait for a device, one is on each, and
          at most `write_behind` frames and `write_bytes` wait for the disk, those on a device
          counted in; one frame a side is always allowed. A device in a process of its own has
          read pixels until what it made of them is there.
Order     Frames are read and begun to be keyed in the order asked for, each by the first device
          that is free; they may finish in another.
Between   What is asked of `interlude` is done on the caller's thread before the next frame is
          begun and while no device keys, at once where the run waits for files, and after a
          cancel too.
Threads   `write`, `finished` and `on_event` run on the caller's thread, `key` too unless devices
          have threads of their own; `read` and the parts that `write` returns do not. No thread
          is left that the call began, however it ends.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from corridorkey_core.bell import Bell
from corridorkey_core.deferred_write import DeferredWriter
from corridorkey_core.garbage import only_new_is_searched
from corridorkey_core.interlude import Interlude
from corridorkey_core.keying import CallersThread, Key, Keying
from corridorkey_core.limits import Limits
from corridorkey_core.loop import Finished, Loop, Write
from corridorkey_core.pace import Clock, Pace
from corridorkey_core.prefetch import Prefetch, Read, Sized
from corridorkey_core.progress import (
    CancelToken,
    FrameFailed,
    OnEvent,
    RunStarted,
    ignore_events,
)
from corridorkey_core.python_lock import passed_on_soon
from corridorkey_core.trace import Tracing, Untraced

T = TypeVar("T", bound=Sized)
K = TypeVar("K", bound=Sized)


@dataclass(frozen=True)
class Report:
    """What became of every frame asked for: finished, failed, skipped, or `unfinished`.

    `finished` and `unfinished` are in the order asked for, `failed` in that of failing. A run is
    `cancelled` only where that left frames unfinished. `seconds` is the whole run's time;
    `stage_seconds` what a device spent waiting for reads, keying, waiting for writes; of several,
    their average.
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
    key: Key[T, K] | Keying[T, K],
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

    `key` keys a frame on the caller's thread, or is the devices that do. `write` turns a keyed
    frame into one callable a file, each of which writes that file whole and returns its path.
    `finished` records a frame whose files are all on disk. `skipped` are frames that need no
    keying; they are only told. Raises `ValueError` where a number comes twice.
    """
    if len(set(numbers)) < len(numbers):
        raise ValueError("A frame is asked for twice; two writers of one file would meet.")
    token, tracing, bell = cancel or CancelToken(), trace or Untraced(), Bell()
    between = interlude or Interlude()
    keying = CallersThread(key) if callable(key) else key
    pace = Pace(len(numbers), clock)
    on_event(RunStarted(len(numbers) + len(skipped), tuple(skipped)))
    with (
        passed_on_soon(),
        only_new_is_searched(),
        token.waking(bell.ring),
        between.waking(bell.ring),
        keying.waking(bell.ring),
        DeferredWriter(limits, bell.ring) as writer,
        Prefetch(numbers, _traced_read(read, tracing), limits, bell.ring) as frames,
    ):
        loop = Loop(
            keying, write, finished, frames, writer, bell, token, between, pace, clock, tracing,
            on_event, stop_on_failure=on_error == "stop",
        )  # fmt: skip
        loop.run()
    return _report(loop, numbers, tuple(skipped))


def _report(loop: Loop[T, K], numbers: Sequence[int], skipped: tuple[int, ...]) -> Report:
    settled = loop.finished.union(failure.frame for failure in loop.failed)
    unfinished = tuple(number for number in numbers if number not in settled)
    return Report(
        finished=tuple(number for number in numbers if number in loop.finished),
        failed=tuple(loop.failed),
        skipped=skipped,
        unfinished=unfinished,
        cancelled=loop.cancel.cancelled and bool(unfinished),
        seconds=loop.pace.seconds,
        stage_seconds=loop.pace.stage_seconds,
        bottleneck=loop.pace.overall_bottleneck,
    )


def _traced_read(read: Read[T], trace: Tracing) -> Read[T]:
    def traced(number: int) -> T:
        with trace.span("read", frame=number):
            return read(number)

    return traced
