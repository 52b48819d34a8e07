"""The pipeline's contract, promise by promise; see the top of `process`.

Success, order, events. Failures at every stage, first, middle and last. Stop on error. Bounds on
both sides. Cancel in every state the loop can be in. Interrupts, bugs, callbacks that raise.
"""

from __future__ import annotations

import dataclasses
import errno
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridorkey_core.errors import FrameError, KeyingError, ReadError, WeightsError, WriteError
from corridorkey_core.limits import Limits
from corridorkey_core.process import process
from corridorkey_core.progress import (
    CancelToken,
    FrameFailed,
    FrameFinished,
    Progress,
    RunStarted,
)
from tests.fake_shot import FILES, WIDE, Elsewhere, Gate, Shot, leaving_nothing, throw

NARROW = Limits(frame_bytes=100, read_ahead=2, write_behind=2, read_threads=2, write_threads=2)
ERRORS: dict[str, type[FrameError]] = {"read": ReadError, "key": KeyingError, "write": WriteError}


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with leaving_nothing():
        yield


def failed_frames(shot: Shot) -> list[int]:
    return [event.frame for event in shot.events if isinstance(event, FrameFailed)]


# Success


def test_every_frame_is_on_disk_and_recorded_when_the_call_returns() -> None:
    shot = Shot(frames=20)
    report = shot.process(skipped=(101, 102))
    assert report.finished == shot.numbers
    assert report.skipped == (101, 102)
    assert not report.failed
    assert not report.unfinished
    assert not report.cancelled
    assert shot.on_disk == dict.fromkeys(shot.numbers, FILES)


def test_no_frames_is_a_run_too() -> None:
    report = Shot(frames=0).process()
    assert report.finished == ()
    assert report.bottleneck is None


def test_events_tell_the_whole_story_on_the_callers_thread() -> None:
    shot = Shot(frames=3)
    threads: set[int] = set()
    for name in ("RunStarted", "Progress", "FrameFinished"):
        shot.at(name, range(4), lambda: threads.add(threading.get_ident()))
    shot.process(skipped=(9,))
    assert shot.events[0] == RunStarted(4, (9,))
    progress = [event for event in shot.events if isinstance(event, Progress)]
    assert [(event.done, event.total) for event in progress] == [(1, 3), (2, 3), (3, 3)]
    assert threads == {threading.get_ident()}


def test_a_finished_frame_names_its_files_and_the_devices_time_on_it() -> None:
    shot = Shot(frames=1)
    times = iter(range(1000))
    shot.process(clock=lambda: float(next(times)))
    (event,) = [event for event in shot.events if isinstance(event, FrameFinished)]
    assert event == FrameFinished(1, ("1.0", "1.1"), 1.0)


def test_the_devices_time_is_accounted_for() -> None:
    times = iter(range(1000))
    report = Shot(frames=4).process(clock=lambda: float(next(times)))
    assert report.stage_seconds["key"] == 4.0
    assert sum(report.stage_seconds.values()) <= report.seconds


def test_a_frame_asked_for_twice_is_refused() -> None:
    shot = Shot()
    shot.numbers = (1, 2, 1)
    with pytest.raises(ValueError, match="twice"):
        shot.process()


# Order


def test_frames_are_keyed_in_the_order_asked_for_whatever_order_reads_end_in() -> None:
    shot = Shot()
    shot.numbers = (57, -3, 12, 1001)
    second_read = threading.Event()
    shot.at("read", 57, lambda: second_read.wait(20))
    shot.at("read", -3, second_read.set)
    report = shot.process()
    assert shot.begun("key") == [57, -3, 12, 1001]
    assert report.finished == (57, -3, 12, 1001)


def test_a_frame_may_finish_before_an_earlier_one() -> None:
    shot = Shot(frames=2)
    later = threading.Event()
    shot.at("write 0", 1, lambda: later.wait(20))
    shot.at("FrameFinished", 2, later.set)
    assert shot.process().finished == (1, 2)
    assert shot.recorded == [2, 1]


# Failure


@pytest.mark.parametrize("number", [1, 3, 6])
@pytest.mark.parametrize("stage", ["read", "key", "write"])
def test_a_failing_frame_leaves_the_others_alone(stage: str, number: int) -> None:
    shot = Shot(frames=6)
    shot.fail(stage, number, ERRORS[stage]("It is broken.", frame=number, path="/plate.exr"))
    report = shot.process(NARROW)
    assert report.failed == (FrameFailed(number, stage, "It is broken.", "/plate.exr"),)
    assert report.finished == tuple(other for other in shot.numbers if other != number)
    assert not report.cancelled


@pytest.mark.parametrize("stage", ["read", "key", "write"])
def test_every_frame_may_fail(stage: str) -> None:
    shot = Shot(frames=9)
    for number in shot.numbers:
        shot.fail(stage, number, ERRORS[stage]("It is broken.", frame=number))
    report = shot.process(NARROW)
    assert [failure.frame for failure in report.failed] == failed_frames(shot)
    assert len(report.failed) == 9
    last = shot.events[-1]
    assert isinstance(last, Progress)
    assert (last.done, last.failed, last.total) == (0, 9, 9)


@pytest.mark.parametrize("stage", ["read", "write", "parts"])
def test_errors_of_the_system_fail_a_frame_and_are_told_in_words(stage: str) -> None:
    shot = Shot(frames=3)
    shot.fail(stage, 2, OSError(errno.ENOSPC, "No space left on device", "/out/a.exr"))
    (failure,) = shot.process().failed
    told = "read" if stage == "read" else "write"
    assert failure == FrameFailed(2, told, "No space left on device.", "/out/a.exr")


@pytest.mark.parametrize("stage", ["read", "key", "write"])
def test_running_out_of_memory_fails_a_frame_and_says_what_to_lower(stage: str) -> None:
    shot = Shot(frames=3)
    shot.fail(stage, 2, MemoryError())
    (failure,) = shot.process().failed
    assert (failure.frame, failure.stage) == (2, stage)
    assert "memory_limit" in failure.reason


def test_an_error_knows_its_own_stage() -> None:
    shot = Shot(frames=2)
    shot.fail("key", 1, ReadError("The hint is 10 x 10, the plate 20 x 20.", frame=1))
    (failure,) = shot.process().failed
    assert failure.stage == "read"


def test_a_frame_fails_when_one_of_its_files_does() -> None:
    shot = Shot(frames=3)
    shot.fail("write 1", 2, WriteError("Disk full.", frame=2, path="/out/fg.exr"))
    report = shot.process()
    assert report.finished == (1, 3)
    assert shot.recorded.count(2) == 0


def test_a_frame_that_cannot_be_recorded_has_failed() -> None:
    shot = Shot(frames=3)
    shot.fail("record", 2, WriteError("Disk full.", frame=2, path="/out/.corridorkey/2.json"))
    report = shot.process()
    assert report.finished == (1, 3)
    assert report.failed[0].stage == "write"


def test_a_failed_write_is_told_while_the_run_waits_for_something_else() -> None:
    shot = Shot(frames=3)
    gate = Gate()
    shot.at("read", 2, gate)
    shot.fail("write 0", 1, WriteError("Disk full.", frame=1))
    shot.at("FrameFailed", 1, gate.open)
    report = shot.process()
    assert report.finished == (2, 3)


@pytest.mark.parametrize("stage", ["read", "key"])
def test_stop_on_error_starts_no_frame_after_the_first_failure(stage: str) -> None:
    shot = Shot(frames=20)
    shot.fail(stage, 3, ERRORS[stage]("It is broken.", frame=3))
    report = shot.process(on_error="stop")
    assert report.finished == (1, 2)
    assert failed_frames(shot) == [3]
    assert max(shot.begun("key")) <= 3
    assert report.unfinished == tuple(range(4, 21))
    assert not report.cancelled


def test_stop_on_error_still_writes_what_is_keyed() -> None:
    shot = Shot(frames=20)
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise WriteError("Disk full.", frame=1)

    shot.at("write 0", 1, fail)
    shot.at("key", 3, lambda: failed.wait(20))
    report = shot.process(dataclasses.replace(WIDE, write_threads=FILES), on_error="stop")
    assert failed_frames(shot) == [1]
    assert set(report.finished) == set(shot.begun("key")) - {1}
    assert report.unfinished


# Bounds


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        (Limits(100, read_ahead=3, read_threads=2), 3),
        (Limits(100, read_ahead=64, read_bytes=250, read_threads=4), 2),
        (Limits(100, read_ahead=64, read_bytes=1, read_threads=4), 1),
    ],
)
def test_reading_ahead_is_bounded_by_frames_and_by_bytes(limits: Limits, allowed: int) -> None:
    shot = Shot(frames=30)
    read, gate = threading.Semaphore(0), Gate()
    shot.at("read", range(31), read.release)
    shot.at("key", 1, gate)
    run = Elsewhere(partial(shot.process, limits))
    gate.wait_for()
    for _ in range(allowed + 1):
        assert read.acquire(timeout=20)
    assert len(shot.begun("read")) == allowed + 1, "one on the device and the ones read ahead"
    gate.open()
    assert run.report().finished == shot.numbers
    assert shot.most_read <= allowed + 1 + limits.read_threads


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        (Limits(100, write_behind=3, write_threads=2), 3),
        (Limits(100, write_behind=64, write_bytes=250, write_threads=4), 2),
        (Limits(100, write_behind=64, write_bytes=1, write_threads=4), 1),
    ],
)
def test_writing_behind_is_bounded_by_frames_and_by_bytes(limits: Limits, allowed: int) -> None:
    shot = Shot(frames=30)
    gate, keyed = Gate(), list[int]()
    shot.at("write", range(31), gate)

    def full() -> None:
        keyed.append(len(shot.begun("key")))
        gate.open()

    shot.waits.begin["wait for write"] = full
    assert shot.process(limits).finished == shot.numbers
    assert keyed[0] == allowed
    assert shot.most_keyed <= allowed + limits.write_threads


def test_a_reader_slower_than_everything_is_waited_for_and_named() -> None:
    shot = Shot(frames=8)
    waiting = threading.Semaphore(0)
    shot.waits.begin["wait for read"] = waiting.release
    shot.at("read", shot.numbers, lambda: waiting.acquire(timeout=20))
    now = [0.0]

    def waited() -> None:
        now[0] += 1.0

    shot.waits.end["wait for read"] = waited
    one = dataclasses.replace(NARROW, read_threads=1)
    report = shot.process(one, clock=lambda: now[0])
    assert report.finished == shot.numbers
    assert report.bottleneck == "read"


def test_a_writer_slower_than_everything_is_waited_for_and_named() -> None:
    shot = Shot(frames=8)
    waiting = threading.Semaphore(0)
    shot.waits.begin["wait for write"] = waiting.release
    shot.at("write 0", shot.numbers, lambda: waiting.acquire(timeout=20))
    now = [0.0]

    def waited() -> None:
        now[0] += 1.0

    shot.waits.end["wait for write"] = waited
    report = shot.process(NARROW, clock=lambda: now[0])
    assert report.finished == shot.numbers
    assert report.bottleneck == "write"
    assert shot.most_keyed <= NARROW.write_behind + NARROW.write_threads


@pytest.mark.parametrize("broken", [None, "read", "key", "write"])
def test_memory_does_not_grow_with_the_shot(broken: str | None) -> None:
    gc.collect()
    gc.disable()
    try:
        for frames in (20, 200):
            shot = Shot(frames)
            for number in range(1, frames, 3):
                if broken:
                    shot.at(broken, number, partial(chained, ERRORS[broken], number))
            shot.process(NARROW)
            # A thread may hold what it gave away until it is scheduled again.
            assert shot.most_read <= NARROW.read_ahead + 1 + NARROW.read_threads
            assert shot.most_keyed <= NARROW.write_behind + NARROW.write_threads
    finally:
        gc.enable()


def chained(error: type[FrameError], number: int) -> None:
    try:
        raise OSError("deep down")
    except OSError as cause:
        raise error("It is broken.", frame=number) from cause


# Cancel


def test_cancelled_before_it_begins_nothing_is_read() -> None:
    shot, cancel = Shot(), CancelToken()
    cancel.cancel()
    report = shot.process(cancel=cancel)
    assert report.cancelled
    assert report.unfinished == shot.numbers
    assert not shot.begun("read")


def test_cancelled_while_it_waits_for_a_read_it_wakes_and_waits_only_for_that_read() -> None:
    shot, cancel = Shot(frames=50), CancelToken()
    gate, woke = Gate(), threading.Event()
    shot.at("read", shot.numbers, gate)
    shot.waits.end["wait for read"] = woke.set
    run = Elsewhere(partial(shot.process, NARROW, cancel=cancel))
    gate.wait_for(NARROW.read_threads)
    cancel.cancel()
    assert woke.wait(20)
    gate.open()
    report = run.report()
    assert report.cancelled
    assert len(shot.begun("read")) == NARROW.read_threads
    assert not shot.begun("key")


@pytest.mark.parametrize("times", [1, 2])
def test_cancelled_with_both_queues_full_begun_frames_are_finished_others_dropped(
    times: int,
) -> None:
    shot, cancel = Shot(frames=50), CancelToken()
    limits = Limits(100, read_ahead=3, write_behind=5, read_threads=3, write_threads=3)
    gate, read, full, woke = Gate(), threading.Semaphore(0), threading.Event(), threading.Event()
    shot.at("write", shot.numbers, gate)
    shot.at("read", shot.numbers, read.release)
    shot.at("key", limits.write_behind, full.set)
    run = Elsewhere(partial(shot.process, limits, cancel=cancel))
    gate.wait_for(limits.write_threads)
    assert full.wait(20)
    for _ in range(limits.write_behind + limits.read_ahead):
        assert read.acquire(timeout=20)
    shot.waits.end["wait for write"] = woke.set
    for _ in range(times):
        cancel.cancel()
    assert woke.wait(20)
    gate.open()
    report = run.report()
    assert report.cancelled
    assert report.finished == (1, 2), "three threads had begun frames of two files"
    assert set(shot.begun("write")) == {1, 2}, "no frame is left half written"


def test_cancelled_while_a_frame_is_keyed_that_frame_is_dropped() -> None:
    shot, cancel = Shot(), CancelToken()
    shot.at("key", 3, cancel.cancel)
    report = shot.process(cancel=cancel)
    assert report.cancelled
    assert 3 in report.unfinished
    assert shot.begun("key") == [1, 2, 3]


def test_cancelled_during_the_last_frame_it_is_finished_and_nothing_is_missing() -> None:
    shot, cancel = Shot(frames=3), CancelToken()
    shot.at("write 1", 3, cancel.cancel)
    report = shot.process(dataclasses.replace(WIDE, write_threads=1), cancel=cancel)
    assert report.finished == shot.numbers
    assert not report.cancelled


def test_cancelled_by_a_listener() -> None:
    shot, cancel = Shot(frames=30), CancelToken()
    shot.at("FrameFinished", 2, cancel.cancel)
    report = shot.process(NARROW, cancel=cancel)
    assert report.cancelled
    assert len(shot.begun("key")) < 30


def test_cancelled_by_a_signal_that_comes_twice_while_the_main_thread_waits() -> None:
    shot, cancel = Shot(frames=30), CancelToken()
    gate = Gate()
    shot.at("read", shot.numbers, gate)
    waiting, woke = threading.Event(), threading.Event()
    shot.waits.begin["wait for read"] = waiting.set
    shot.waits.end["wait for read"] = woke.set

    def on_signal(*_: object) -> None:
        cancel.cancel()
        cancel.cancel()

    with handling(signal.SIGUSR1, on_signal):
        sender = threading.Thread(target=send, args=(signal.SIGUSR1, waiting, woke, gate))
        sender.start()
        report = shot.process(cancel=cancel)
        sender.join(20)
    assert report.cancelled


def test_a_token_thrown_while_nobody_waits_is_not_forgotten() -> None:
    woken: list[int] = []
    cancel = CancelToken()
    cancel.cancel()
    with cancel.waking(lambda: woken.append(1)):
        assert woken == [1]
    cancel.cancel()
    assert woken == [1]


# Interrupts, bugs and callbacks


def test_an_interrupt_while_keying_finishes_what_is_begun_records_it_and_goes_on() -> None:
    shot = Shot()
    gate = Gate()
    shot.at("write", 1, gate)

    def interrupt() -> None:
        gate.wait_for(FILES)
        gate.open()
        raise KeyboardInterrupt

    shot.at("key", 2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        shot.process()
    assert shot.recorded == [1]
    assert shot.begun("key") == [1, 2]


def test_an_interrupt_while_waiting_ends_the_wait() -> None:
    shot = Shot(frames=30)
    gate = Gate()
    shot.at("read", shot.numbers, gate)
    waiting, woke = threading.Event(), threading.Event()
    shot.waits.begin["wait for read"] = waiting.set
    shot.waits.end["wait for read"] = woke.set
    with handling(signal.SIGINT, signal.default_int_handler):
        sender = threading.Thread(target=send, args=(signal.SIGINT, waiting, woke, gate))
        sender.start()
        with pytest.raises(KeyboardInterrupt):
            shot.process()
        sender.join(20)
    assert not shot.begun("key")


@pytest.mark.parametrize("stage", ["read", "key", "parts", "write", "record"])
def test_a_bug_ends_the_run_with_its_traceback_and_its_frame(stage: str) -> None:
    shot = Shot(frames=50)

    def divide() -> float:
        return 1 / 0

    shot.at(stage, 3, divide)
    with pytest.raises(ZeroDivisionError) as caught:
        shot.process()
    text = "".join(traceback.format_exception(caught.value))
    assert "in divide" in text
    if sys.version_info >= (3, 11):
        assert "while frame 3 was at stage" in text
    assert len(shot.begun("key")) < 50


def test_an_error_of_the_whole_run_is_not_a_frames() -> None:
    shot = Shot()
    shot.fail("key", 2, WeightsError("The checkpoint is truncated."))
    with pytest.raises(WeightsError, match="truncated"):
        shot.process()


@pytest.mark.parametrize("event", ["RunStarted", "FrameFinished", "FrameFailed", "Progress"])
def test_a_listener_that_raises_ends_the_run_in_order(event: str) -> None:
    shot = Shot(frames=50)
    shot.fail("read", 2, ReadError("It is broken.", frame=2))
    shot.at(event, range(51), lambda: throw(LookupError("the listener")))
    with pytest.raises(LookupError, match="the listener"):
        shot.process()
    assert len(shot.begun("key")) < 50


def test_after_a_bug_no_frame_is_left_half_written() -> None:
    shot = Shot(frames=50)
    gate = Gate()
    shot.at("write", shot.numbers, gate)

    def bug() -> None:
        gate.wait_for(1)
        gate.open()
        raise ZeroDivisionError

    shot.at("key", 4, bug)
    with pytest.raises(ZeroDivisionError):
        shot.process(dataclasses.replace(WIDE, write_threads=1))
    assert all(count in (0, FILES) for count in shot.on_disk.values())


@pytest.fixture
def disk(tmp_path: Path) -> Callable[[int, bytes], Path]:
    def write(number: int, content: bytes) -> Path:
        if number > 4:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path))
        path = tmp_path / f"{number}.exr"
        path.write_bytes(content)
        return path

    return write


def test_a_disk_that_fills_up_fails_the_frames_that_do_not_fit(
    tmp_path: Path, disk: Callable[[int, bytes], Path]
) -> None:
    report = process(
        range(1, 9),
        read=lambda number: memoryview(bytes([number])),
        key=lambda pixels: pixels,
        write=lambda pixels: [partial(disk, pixels[0], bytes(pixels))],
        limits=NARROW,
    )
    assert report.finished == (1, 2, 3, 4)
    assert sorted(failure.frame for failure in report.failed) == [5, 6, 7, 8]
    assert {failure.reason for failure in report.failed} == {"No space left on device."}
    assert len(list(tmp_path.iterdir())) == 4


def test_a_folder_that_cannot_be_written_fails_every_frame() -> None:
    shot = Shot()
    for number in shot.numbers:
        shot.fail("write", number, PermissionError(errno.EACCES, "Permission denied", "/out"))
    report = shot.process()
    assert not report.finished
    assert {failure.path for failure in report.failed} == {"/out"}


# Any order of things


class Patience:
    """Ends slow work only while the loop waits, so that every queue gets as full as it can."""

    def __init__(self, shot: Shot) -> None:
        self._waiting = threading.Event()
        self.over = threading.Event()
        for stage in ("read", "write"):
            shot.waits.begin[f"wait for {stage}"] = self._waiting.set
            shot.waits.end[f"wait for {stage}"] = self._hold

    def _hold(self) -> None:
        if not self.over.is_set():
            self._waiting.clear()

    def end(self) -> None:
        self.over.set()
        self._waiting.set()

    def __call__(self) -> None:
        assert self._waiting.wait(20), "the loop never waits"


WHAT = st.sampled_from(["goes", "slow read", "slow write", "bad read", "bad key", "bad write"])


@settings(max_examples=150, deadline=None)
@given(
    frames=st.lists(WHAT, min_size=1, max_size=14),
    limits=st.builds(
        Limits,
        frame_bytes=st.sampled_from([1, 100, 1000]),
        read_ahead=st.integers(1, 5),
        write_behind=st.integers(1, 5),
        read_bytes=st.sampled_from([1, 250, 10_000]),
        write_bytes=st.sampled_from([1, 250, 10_000]),
        read_threads=st.integers(1, 3),
        write_threads=st.integers(1, 3),
    ),
    cancel_at=st.none() | st.tuples(st.sampled_from(["read", "key", "write"]), st.integers(1, 14)),
    on_error=st.sampled_from(["continue", "stop"]),
)
def test_no_frame_is_lost_or_told_twice_whatever_happens(
    frames: list[str], limits: Limits, cancel_at: tuple[str, int] | None, on_error: str
) -> None:
    shot, cancel = Shot(len(frames)), CancelToken()
    patience = Patience(shot)

    def cancelling() -> None:
        cancel.cancel()
        patience.end()

    for number, what in enumerate(frames, 1):
        if what.startswith("slow"):
            shot.at(what[5:], number, patience)
        elif what.startswith("bad"):
            shot.fail(what[4:], number, ERRORS[what[4:]]("It is broken.", frame=number))
    if cancel_at is not None:
        shot.at(*cancel_at, cancelling)
    if on_error == "stop":
        shot.at("FrameFailed", range(15), patience.end)
    report = shot.process(limits, cancel=cancel, on_error=on_error)
    if not cancel.cancelled and not (on_error == "stop" and report.failed):
        assert not report.unfinished
    assert shot.most_read <= limits.read_ahead + 1 + limits.read_threads
    assert shot.most_keyed <= limits.write_behind + limits.write_threads
    began = set(shot.begun("write"))
    failed = {failure.frame for failure in report.failed}
    assert began - failed == set(report.finished), "a frame begun is finished or failed"


def send(
    number: signal.Signals, waiting: threading.Event, woke: threading.Event, gate: Gate
) -> None:
    """Interrupt the main thread's wait; again if the signal came just before it, see `Bell`."""
    assert waiting.wait(20)
    os.kill(os.getpid(), number)
    for _ in range(100):
        if woke.wait(0.2):
            break
        os.kill(os.getpid(), number)
    gate.open()


class handling:  # noqa: N801  reads as a verb
    """Within the block, a signal goes to a handler of the test's own."""

    def __init__(self, number: signal.Signals, handler: Callable[..., object]) -> None:
        self._number, self._handler = number, handler

    def __enter__(self) -> None:
        self._before = signal.signal(self._number, self._handler)

    def __exit__(self, *_error: object) -> None:
        signal.signal(self._number, self._before)
