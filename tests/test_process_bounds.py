"""The pipeline's contract: bounds on both sides, and a stage slower than all others."""

from __future__ import annotations

import dataclasses
import gc
import threading
from functools import partial

import pytest

from corridorkey_core.errors import FrameError
from corridorkey_core.limits import Limits
from tests.fake_shot import ERRORS, NARROW, Elsewhere, Gate, Shot

pytestmark = pytest.mark.usefixtures("nothing_left")


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
