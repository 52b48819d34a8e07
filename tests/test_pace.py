"""Rate, time left, bottleneck, and limits fitted to a machine; the clock is the test's own."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.limits import MIB, Limits, limits_for, usable_processors
from corridorkey_core.pace import Pace, bottleneck
from corridorkey_core.settings import Settings


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def spend(pace: Pace, clock: Clock, stage: str, seconds: float) -> None:
    with pace.spending(stage):
        clock.now += seconds


def test_nothing_is_claimed_before_it_is_measured() -> None:
    pace = Pace(10, Clock())
    assert (pace.rate, pace.seconds_left, pace.bottleneck) == (None, None, None)


def test_rate_and_time_left() -> None:
    clock = Clock()
    pace = Pace(10, clock)
    for _ in range(4):
        spend(pace, clock, "key", 0.5)
        pace.settle()
    assert pace.rate == pytest.approx(2.0)
    assert pace.seconds_left == pytest.approx(3.0)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    for seconds in [5.0] * 20 + [0.1] * 200:
        clock.now += seconds
        pace.settle()
    assert pace.rate == pytest.approx(10.0, rel=0.02)


def test_frames_slower_than_the_window_have_a_rate_too() -> None:
    clock = Clock()
    pace = Pace(20, clock)
    for _ in range(12):
        clock.now += 60.0
        pace.settle()
    assert pace.rate == pytest.approx(1 / 60)


@pytest.mark.parametrize(
    ("read", "key", "write", "named"),
    [
        (0.0, 5.0, 0.0, "key"),
        (0.1, 5.0, 0.2, "key"),
        (1.0, 5.0, 0.0, "read"),
        (0.0, 5.0, 1.0, "write"),
        (0.5, 0.1, 4.0, "write"),
        (0.0, 0.0, 0.0, None),
    ],
)
def test_the_bottleneck_is_what_the_device_waits_for_else_the_device(
    read: float, key: float, write: float, named: str | None
) -> None:
    assert bottleneck({"read": read, "key": key, "write": write}) == named


def test_the_bottleneck_is_a_recent_one() -> None:
    clock = Clock()
    pace = Pace(1000, clock)
    spend(pace, clock, "key", 1.0)
    for _ in range(100):
        spend(pace, clock, "read", 1.0)
    for _ in range(59):
        spend(pace, clock, "key", 1.0)
    assert pace.bottleneck == "key"
    assert pace.overall_bottleneck == "read"
    assert pace.stage_seconds == {"read": 100.0, "key": 60.0, "write": 0.0}


def test_the_wait_for_the_first_frame_is_no_bottleneck() -> None:
    clock = Clock()
    pace = Pace(4, clock)
    with pace.spending("read"):
        clock.now += 5.0
    assert pace.overall_bottleneck == "read"  # of a run that never keyed
    for _ in range(4):
        with pace.spending("key"):
            clock.now += 1.0
        with pace.spending("read"):
            clock.now += 0.05
    assert pace.overall_bottleneck == "key"
    assert pace.stage_seconds == {"read": pytest.approx(5.2), "key": 4.0, "write": 0.0}


def test_time_in_a_block_that_raises_counts() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    with contextlib.suppress(LookupError), pace.spending("key"):
        clock.now += 3.0
        raise LookupError
    assert pace.stage_seconds["key"] == 3.0


@given(st.integers(1, 256), st.integers(0, 256), st.integers(1, 64), st.integers(1, 10**12))
def test_limits_are_sound_on_every_machine(
    processors: int, threads: int, read_ahead: int, frame_bytes: int
) -> None:
    settings = Settings(read_threads=threads, write_threads=threads, read_ahead=read_ahead)
    limits = limits_for(settings, frame_bytes, processors)
    assert limits.read_ahead == read_ahead
    assert 1 <= limits.read_threads <= read_ahead
    assert limits.write_threads == (threads or min(processors, 32))
    assert limits.read_bytes + limits.write_bytes == settings.memory_limit * MIB


def test_enough_frames_are_kept_to_busy_every_write_thread() -> None:
    limits = limits_for(Settings(), 1, processors=16)
    assert (limits.write_threads, limits.write_behind) == (16, 5)
    assert limits_for(Settings(passes=("matte",)), 1, processors=16).write_behind == 17
    assert limits_for(Settings(write_behind=2), 1, processors=16).write_behind == 2


def test_enough_frames_are_read_ahead_to_busy_every_read_thread() -> None:
    limits = limits_for(Settings(), 1, processors=16)
    assert (limits.read_threads, limits.read_ahead) == (8, 9)
    assert limits_for(Settings(), 1, processors=2).read_ahead == 3
    assert limits_for(Settings(), 1, processors=2, devices=2).read_ahead == 6
    assert limits_for(Settings(read_ahead=2), 1, processors=16).read_threads == 2


def test_this_machine_has_a_processor() -> None:
    assert usable_processors() >= 1


def test_a_bound_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="read_ahead is 0"):
        Limits(1, read_ahead=0)
