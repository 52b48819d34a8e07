"""Several devices over one reader side and one writer side: who gets which frame, and when."""

from __future__ import annotations

import dataclasses
import threading
from functools import partial

import pytest

from corridorkey_core.device_threads import DeviceThreads
from corridorkey_core.limits import Limits
from corridorkey_core.process import process
from corridorkey_core.progress import FrameFinished, Notice, Progress
from corridorkey_core.trace import Trace
from tests.fake_shot import WIDE, Elsewhere, Gate, Pixels, Shot

pytestmark = pytest.mark.usefixtures("nothing_left")
ROOMY = Limits(100, read_ahead=6, write_behind=8, read_threads=2, write_threads=3)


def notices(shot: Shot) -> list[str]:
    return [event.message for event in shot.events if isinstance(event, Notice)]


# Who gets what


def test_two_devices_key_at_the_same_time_and_each_frame_once() -> None:
    shot, gate = Shot(frames=20), Gate()
    shot.at("key", (1, 2), gate)
    run = Elsewhere(partial(shot.process, ROOMY, 2))
    gate.wait_for(2)
    gate.open()
    assert run.report().finished == shot.numbers
    assert sorted(shot.keyed_on[0] + shot.keyed_on[1]) == list(shot.numbers)


def test_a_frame_goes_to_whichever_device_is_free() -> None:
    shot, last = Shot(frames=20), threading.Event()
    shot.at("key on 0", 1, lambda: last.wait(20))
    shot.at("FrameFinished", 20, last.set)
    assert shot.process(ROOMY, 2).finished == shot.numbers
    assert shot.keyed_on[0] == [1]
    assert shot.keyed_on[1] == list(range(2, 21))


def test_frames_are_begun_in_the_order_asked_for() -> None:
    shot = Shot()
    shot.numbers = (57, -3, 12, 1001, 4, 5, 6)
    shot.process(ROOMY, 3)
    place = {number: index for index, number in enumerate(shot.numbers)}
    for keyed in shot.keyed_on.values():
        assert [place[number] for number in keyed] == sorted(place[number] for number in keyed)


def test_each_device_is_opened_used_and_closed_by_its_own_thread() -> None:
    shot = Shot(frames=12)
    threads: dict[str, list[int]] = {"0": [], "1": []}

    def note(device: str) -> None:
        threads[device].append(threading.get_ident())

    both = Gate()
    for device in threads:
        for number in shot.numbers:
            shot.at(f"key on {device}", number, partial(note, device))
        shot.at("open", int(device), partial(note, device))
        shot.at("close", int(device), partial(note, device))
    shot.at("key", (1, 2), both)
    run = Elsewhere(partial(shot.process, ROOMY, 2))
    both.wait_for(2)
    both.open()
    run.report()
    owners = [set(idents) for idents in threads.values()]
    assert [len(owner) for owner in owners] == [1, 1]
    assert owners[0] != owners[1]
    assert sum(len(idents) for idents in threads.values()) == 12 + 4


def test_devices_are_made_ready_side_by_side_before_anything_is_read() -> None:
    shot, gate = Shot(), Gate()
    shot.at("open", (0, 1), gate)
    run = Elsewhere(partial(shot.process, ROOMY, 2))
    gate.wait_for(2)
    assert not shot.begun("read")
    gate.open()
    assert run.report().finished == shot.numbers


def test_devices_may_key_one_run_after_another() -> None:
    keyed: list[int] = []
    opens = {name: partial(counting, keyed) for name in ("a", "b")}
    with DeviceThreads(opens) as devices:
        for _ in range(2):
            report = process(
                range(1, 9),
                read=partial(Pixels, nbytes=100),
                key=devices,
                write=lambda _keyed: (),
                limits=WIDE,
            )
            assert report.finished == tuple(range(1, 9))
    assert sorted(keyed) == sorted([*range(1, 9)] * 2)


class counting:  # noqa: N801  reads as a verb
    """A device that notes which frames it was given."""

    def __init__(self, keyed: list[int], _tell: object) -> None:
        self._keyed = keyed

    def __enter__(self) -> counting:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __call__(self, frame: Pixels) -> Pixels:
        self._keyed.append(frame.number)
        return frame


# What is told


def test_what_devices_say_is_told_on_the_callers_thread_before_the_frames_end_and_alike_once() -> (
    None
):
    shot, once = Shot(frames=4), Notice("The hint is A of its file.")
    of_a_frame = Notice("2 pixels were replaced.", 3)
    told_on: list[int] = []

    def say() -> None:
        for tell in shot.tells:
            tell(once)
        shot.tells[0](of_a_frame)

    shot.at("key", 3, say)
    shot.at("Notice", 3, lambda: told_on.append(threading.get_ident()))
    shot.process(ROOMY, 2)
    assert [event for event in shot.events if isinstance(event, Notice)] == [once, of_a_frame]
    assert told_on == [threading.get_ident()]
    end = next(e for e in shot.events if isinstance(e, FrameFinished) and e.frame == 3)
    assert shot.events.index(of_a_frame) < shot.events.index(end)


def test_a_frame_names_the_device_that_keyed_it_in_its_events_and_in_the_trace() -> None:
    shot, trace = Shot(frames=8), Trace()
    opens = {f"cuda:{index}": partial(shot._open, index) for index in range(2)}
    with DeviceThreads(opens, shot.tell) as devices:
        process(
            shot.numbers,
            read=shot.read,
            key=devices,
            write=shot.write,
            limits=ROOMY,
            on_event=shot.tell,
            trace=trace,
        )
    by_frame = {
        number: f"cuda:{index}" for index, keyed in shot.keyed_on.items() for number in keyed
    }
    told = {event.frame: event.device for event in shot.events if isinstance(event, FrameFinished)}
    assert told == by_frame
    progress = [event for event in shot.events if isinstance(event, Progress)]
    assert {event.frame: event.device for event in progress} == by_frame
    spans = [event for event in trace._events if event["name"] == "key"]
    assert {span["args"]["frame"]: span["args"]["device"] for span in spans} == by_frame


def test_one_device_needs_no_name_in_the_progress() -> None:
    shot = Shot(frames=2)
    shot.process(ROOMY, 1)
    assert {event.device for event in shot.events if isinstance(event, Progress)} == {""}
    finished = [event for event in shot.events if isinstance(event, FrameFinished)]
    assert {event.device for event in finished} == {"device 0"}


def test_the_devices_time_is_shared_among_them() -> None:
    shot, now, both = Shot(frames=2), [0.0], threading.Barrier(2)

    def keying() -> None:
        # Both have looked at the clock, then ten seconds pass, then both look again.
        if both.wait(20) == 0:
            now[0] += 10.0
        both.wait(20)

    shot.at("key", shot.numbers, keying)
    report = shot.process(ROOMY, 2, clock=lambda: now[0])
    assert report.seconds == 10.0
    assert report.stage_seconds["key"] == 10.0, "ten of each of two"
    assert report.bottleneck == "key"


# Bounds


@pytest.mark.parametrize("bound", [{"write_behind": 1}, {"write_bytes": 100}])
def test_room_for_a_frame_on_a_device_is_kept_on_the_writers_side(bound: dict[str, int]) -> None:
    shot = Shot(frames=12)
    keying, most, lock = [0], [0], threading.Lock()

    def count() -> None:
        with lock:
            keying[0] += 1
            most[0] = max(most[0], keying[0])

    def uncount() -> None:
        with lock:
            keying[0] -= 1

    shot.at("key", shot.numbers, count)
    shot.at("parts", shot.numbers, uncount)
    assert shot.process(dataclasses.replace(ROOMY, **bound), 3).finished == shot.numbers
    assert most[0] == 1


def test_reading_ahead_is_bounded_beside_a_frame_on_each_device() -> None:
    shot, gate, read = Shot(frames=30), Gate(), threading.Semaphore(0)
    shot.at("read", range(31), read.release)
    shot.at("key", (1, 2), gate)
    run = Elsewhere(partial(shot.process, Limits(100, read_ahead=3, write_behind=9), 2))
    gate.wait_for(2)
    for _ in range(5):
        assert read.acquire(timeout=20)
    assert len(shot.begun("read")) == 5
    gate.open()
    assert run.report().finished == shot.numbers
