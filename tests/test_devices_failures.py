"""Several devices over one reader side and one writer side: what fails, and what stops them."""

from __future__ import annotations

import sys
import threading
import traceback
from functools import partial

import pytest

from corridorkey_core.errors import DeviceError, KeyingError, WeightsError
from corridorkey_core.interlude import Interlude
from corridorkey_core.limits import Limits
from corridorkey_core.progress import CancelToken, Notice
from tests.fake_shot import FILES, Elsewhere, Gate, Pixels, Shot, throw

pytestmark = pytest.mark.usefixtures("nothing_left")
ROOMY = Limits(100, read_ahead=6, write_behind=8, read_threads=2, write_threads=3)


def notices(shot: Shot) -> list[str]:
    return [event.message for event in shot.events if isinstance(event, Notice)]


def test_frames_that_fail_on_any_device_leave_the_others_alone() -> None:
    shot = Shot(frames=12)
    for number in (2, 3, 7):
        shot.fail("key", number, KeyingError("It is broken.", frame=number))
    report = shot.process(ROOMY, 3)
    assert sorted(failure.frame for failure in report.failed) == [2, 3, 7]
    assert len(report.finished) == 9
    assert not notices(shot)


def test_a_device_that_fails_costs_its_frame_and_the_others_go_on() -> None:
    shot, first = Shot(frames=20), Gate()
    shot.at("key on 1", range(21), first)
    shot.fail("key on 0", 1, DeviceError("cuda:0 failed: unspecified launch failure."))
    shot.at("FrameFailed", 1, first.open)
    report = shot.process(ROOMY, 2)
    assert [(failure.frame, failure.stage) for failure in report.failed] == [(1, "key")]
    assert report.failed[0].reason == "cuda:0 failed: unspecified launch failure."
    assert shot.keyed_on[0] == [1]
    assert report.finished == tuple(range(2, 21))
    assert notices(shot) == [
        "cuda:0 failed: unspecified launch failure. It is given no more frames; other devices go "
        "on."
    ]


def test_the_last_devices_failure_ends_the_run() -> None:
    shot = Shot(frames=20)
    for device in (0, 1):
        for number in shot.numbers:
            shot.fail(f"key on {device}", number, DeviceError(f"cuda:{device} failed."))
    with pytest.raises(DeviceError, match=r"cuda:. failed"):
        shot.process(ROOMY, 2)
    assert len(notices(shot)) == 1
    assert len(shot.begun("key on 0")) == len(shot.begun("key on 1")) == 1


def test_one_device_that_fails_ends_the_run() -> None:
    shot = Shot()
    shot.fail("key", 2, DeviceError("cuda:0 failed."))
    with pytest.raises(DeviceError, match="cuda:0"):
        shot.process(ROOMY)


def test_a_device_that_cannot_be_made_ready_ends_the_run_before_anything_is_read() -> None:
    shot = Shot()
    shot.fail("open", 1, WeightsError("The checkpoint is truncated."))
    with pytest.raises(WeightsError):
        shot.process(ROOMY, 3)
    assert not shot.begun("read")
    assert sorted(shot.begun("close")) == [0, 2]


def test_a_bug_on_one_device_ends_the_run_with_its_traceback_and_its_frame() -> None:
    shot, begun = Shot(frames=50), threading.Event()

    def divide() -> float:
        assert begun.wait(20)
        return 1 / 0

    shot.at("key", 1, divide)
    shot.at("key", 2, begun.set)
    with pytest.raises(ZeroDivisionError) as caught:
        shot.process(ROOMY, 2)
    text = "".join(traceback.format_exception(caught.value))
    assert "in divide" in text
    if sys.version_info >= (3, 11):
        assert "while frame 1 was at stage" in text
    assert len(shot.begun("key")) < 50
    assert all(count in (0, FILES) for count in shot.on_disk.values())


def test_stop_on_error_writes_what_other_devices_are_keying() -> None:
    shot, gate = Shot(frames=20), Gate()
    shot.at("key", 2, gate)
    shot.at("FrameFailed", 1, gate.open)

    def fail() -> None:
        gate.wait_for()
        raise KeyingError("It is broken.", frame=1)

    shot.at("key", 1, fail)
    report = shot.process(ROOMY, 2, on_error="stop")
    assert report.finished == (2,)
    assert sorted(shot.begun("key")) == [1, 2]


# Cancel and what comes between


def test_cancelled_while_every_device_keys_their_frames_are_dropped() -> None:
    shot, cancel, gate, woke = Shot(frames=50), CancelToken(), Gate(), threading.Event()
    shot.at("key", shot.numbers, gate)
    shot.waits.end["wait for key"] = woke.set
    run = Elsewhere(partial(shot.process, ROOMY, 3, cancel=cancel))
    gate.wait_for(3)
    cancel.cancel()
    assert woke.wait(20)
    gate.open()
    report = run.report()
    assert report.cancelled
    assert report.unfinished == shot.numbers
    assert sorted(shot.begun("key")) == [1, 2, 3]
    assert not shot.begun("write")


def test_a_bug_on_a_device_is_not_lost_by_cancelling() -> None:
    shot, cancel = Shot(frames=5), CancelToken()

    def divide() -> float:
        cancel.cancel()
        return 1 / 0

    shot.at("key", 2, divide)
    with pytest.raises(ZeroDivisionError):
        shot.process(ROOMY, 2, cancel=cancel)


def test_an_interrupt_lets_go_of_what_is_being_keyed() -> None:
    shot, gate, begun = Shot(frames=20), Gate(), threading.Event()

    def second() -> None:
        begun.set()
        gate()

    def interrupt() -> None:
        gate.open()
        raise KeyboardInterrupt

    shot.at("key", 1, lambda: begun.wait(20))
    shot.at("key", 2, second)
    shot.at("parts", 1, interrupt)
    with pytest.raises(KeyboardInterrupt):
        shot.process(ROOMY, 2)
    assert not shot.begun("write")


def test_what_comes_between_is_done_while_no_device_keys() -> None:
    shot, between, gate = Shot(frames=20), Interlude(), Gate()
    keying, at_work = set[int](), list[tuple[int, ...]]()
    shot.at("key", (1, 2), gate)

    def ask() -> None:
        between.ask(lambda: at_work.append(tuple(keying)))
        gate.open()

    def key(index: int, frame: Pixels) -> Pixels:
        keying.add(index)
        try:
            return shot.key(frame)
        finally:
            keying.remove(index)

    shot._key_on = key  # type: ignore[method-assign]
    run = Elsewhere(partial(shot.process, ROOMY, 2, interlude=between))
    gate.wait_for(2)
    ask()
    assert run.report().finished == shot.numbers
    assert at_work == [()]


def test_what_comes_between_is_done_at_once_where_devices_wait_for_files() -> None:
    shot, between, done = Shot(frames=3), Interlude(), threading.Event()

    def ask() -> None:
        between.ask(done.set)
        assert done.wait(20)

    shot.at("read", 2, ask)
    assert shot.process(ROOMY, 2, interlude=between).finished == shot.numbers


def test_a_listener_that_raises_ends_the_run_in_order() -> None:
    shot = Shot(frames=50)
    shot.at("FrameFinished", range(51), lambda: throw(LookupError("the listener")))
    with pytest.raises(LookupError, match="the listener"):
        shot.process(ROOMY, 2)
    assert len(shot.begun("key")) < 50
