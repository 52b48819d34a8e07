"""The pipeline's contract: cancel in every state the loop can be in; interrupts and bugs."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import partial

import pytest

from corridorkey_core.errors import ReadError, WeightsError
from corridorkey_core.limits import Limits
from corridorkey_core.progress import (
    CancelToken,
)
from tests.fake_shot import FILES, NARROW, WIDE, Elsewhere, Gate, Shot, throw

pytestmark = pytest.mark.usefixtures("nothing_left")


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
