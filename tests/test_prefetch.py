"""Reading ahead: in order, bounded, and nothing begun after it was stopped."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from corridorkey_core.bell import Bell
from corridorkey_core.errors import ReadError
from corridorkey_core.limits import Limits
from corridorkey_core.prefetch import Prefetch
from tests.fake_shot import Gate, Pixels, leaving_nothing


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with leaving_nothing():
        yield


class Reader:
    """Reads frames of given sizes; `held` ones wait at the gate."""

    def __init__(self, sizes: dict[int, int] | None = None, held: tuple[int, ...] = ()) -> None:
        self.gate = Gate()
        self.begun: list[int] = []
        self._sizes = sizes or {}
        self._held = held

    def __call__(self, number: int) -> Pixels:
        self.begun.append(number)
        if number in self._held:
            self.gate()
        return Pixels(number, self._sizes.get(number, 100))


def next_frame(frames: Prefetch[Pixels], bell: Bell) -> Pixels:
    frames.fill()
    while not frames.ready:
        bell.wait()
    number, reading = frames.take()
    assert reading.result().number == number
    return reading.result()


def every_frame(frames: Prefetch[Pixels], bell: Bell) -> list[int]:
    numbers = []
    while not frames.exhausted:
        numbers.append(next_frame(frames, bell).number)
    return numbers


def test_frames_come_in_order_though_the_first_is_read_last() -> None:
    reader, bell = Reader(held=(5,)), Bell()
    with Prefetch((5, 3, 9), reader, Limits(100, read_threads=3), bell.ring) as frames:
        frames.fill()
        reader.gate.wait_for()
        assert not frames.ready
        reader.gate.open()
        assert every_frame(frames, bell) == [5, 3, 9]


def test_no_frames() -> None:
    with Prefetch((), Reader(), Limits(100), lambda: None) as frames:
        frames.fill()
        assert frames.exhausted
        assert not frames.ready


@pytest.mark.parametrize(("estimate", "begun"), [(100, 4), (300, 3), (600, 1), (5000, 1)])
def test_until_a_frame_was_read_the_estimate_decides(estimate: int, begun: int) -> None:
    reader = Reader(held=tuple(range(10)))
    limits = Limits(estimate, read_ahead=4, read_bytes=1000, read_threads=4)
    with Prefetch(range(10), reader, limits, lambda: None) as frames:
        frames.fill()
        assert frames.held == begun
        reader.gate.open()


@pytest.mark.parametrize(("size", "held"), [(100, 8), (400, 2), (5000, 1)])
def test_once_a_frame_was_read_its_real_size_decides(size: int, held: int) -> None:
    reader, bell = Reader(dict.fromkeys(range(40), size)), Bell()
    limits = Limits(600, read_ahead=8, read_bytes=1000)
    with Prefetch(range(40), reader, limits, bell.ring) as frames:
        most = 0
        while not frames.exhausted:
            frames.fill()
            most = max(most, frames.held)
            next_frame(frames, bell)
        assert most == held


def test_the_largest_frame_so_far_is_what_a_frame_being_read_counts_as() -> None:
    first, others, bell = Gate(), Gate(), Bell()

    def read(number: int) -> Pixels:
        (others if number else first)()
        return Pixels(number, 100 if number else 900)

    limits = Limits(100, read_ahead=8, read_bytes=1000, read_threads=2)
    with Prefetch(range(20), read, limits, bell.ring) as frames:
        frames.fill()
        assert frames.held == 8
        first.open()
        while not frames.ready:
            bell.wait()
        frames.fill()
        frames.take()
        frames.fill()
        assert frames.held == 7, "seven, each maybe of 900 bytes, are more than enough"
        others.open()


def test_a_failed_read_is_raised_at_its_turn_and_holds_no_bytes() -> None:
    def read(number: int) -> Pixels:
        if number == 2:
            raise ReadError("It is broken.", frame=number)
        return Pixels(number, 100)

    bell = Bell()
    with Prefetch((1, 2, 3), read, Limits(100), bell.ring) as frames:
        assert next_frame(frames, bell).number == 1
        with pytest.raises(ReadError):
            next_frame(frames, bell)
        assert next_frame(frames, bell).number == 3
        assert frames.exhausted


@pytest.mark.parametrize("leave", [lambda _frames: None, lambda frames: frames.stop()])
def test_leaving_begins_no_read_and_waits_for_the_running_one(
    leave: Callable[[Prefetch[Pixels]], None],
) -> None:
    reader, ended = Reader(held=(1,)), itertools.count(1)

    def wake() -> None:
        if next(ended) == 7:
            reader.gate.open()

    limits = Limits(100, read_ahead=8, read_threads=1)
    with Prefetch(range(1, 9), reader, limits, wake) as frames:
        frames.fill()
        reader.gate.wait_for()
        leave(frames)
    assert reader.begun == [1]
    assert next(ended) == 9, "seven reads were given up while the first one ran, which was joined"


def test_stopping_twice_is_stopping_once() -> None:
    with Prefetch((1, 2), Reader(), Limits(100), lambda: None) as frames:
        frames.stop()
        frames.stop()
        assert frames.exhausted
