"""The pipeline's contract: success and order; see the top of `process`."""

from __future__ import annotations

import sys
import threading

import pytest

from corridorkey_core.progress import (
    FrameFinished,
    Progress,
    RunStarted,
)
from tests.fake_shot import FILES, Shot

pytestmark = pytest.mark.usefixtures("nothing_left")


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


def test_pythons_lock_is_passed_on_soon_while_it_runs_and_as_before_afterwards() -> None:
    before, within = sys.getswitchinterval(), list[float]()
    shot = Shot(frames=1)
    shot.at("key", 1, lambda: within.append(sys.getswitchinterval()))
    shot.process()
    assert within[0] < before
    assert sys.getswitchinterval() == before
    shot.at("key", 1, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        shot.process()
    assert sys.getswitchinterval() == before


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
