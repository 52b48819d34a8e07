"""Writing behind: bounded, files in parallel, a frame all or nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from corridorkey_core.bell import Bell
from corridorkey_core.deferred_write import NICE, DeferredWriter, FrameWrite
from corridorkey_core.errors import WriteError
from corridorkey_core.limits import Limits
from tests.fake_shot import Gate, leaving_nothing

ONE_THREAD = Limits(1, write_behind=8, write_threads=1)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with leaving_nothing():
        yield


class Disk:
    """Parts that log what was written; a held part waits at the gate first."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.written: list[str] = []

    def part(self, name: str, *, held: bool = False) -> Callable[[], Path]:
        return partial(self._write, name, held)

    def _write(self, name: str, held: bool) -> Path:
        if held:
            self.gate()
        self.written.append(name)
        return Path(name)


def settled(writer: DeferredWriter, bell: Bell) -> FrameWrite:
    while (frame := writer.take_settled()) is None:
        bell.wait()
    return frame


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities for threads")
def test_writing_threads_step_back_behind_the_others() -> None:
    bell, found = Bell(), list[int]()

    def part() -> Path:
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return Path("a")

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with DeferredWriter(ONE_THREAD, bell.ring) as writer:
        writer.submit(1, [part], 1)
        settled(writer, bell)
    assert found == [min(19, before + NICE)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_a_frame_is_settled_when_all_its_files_are_written() -> None:
    disk, bell = Disk(), Bell()
    with DeferredWriter(Limits(1, write_threads=2), bell.ring) as writer:
        writer.submit(7, [disk.part("a"), disk.part("b", held=True)], 100)
        disk.gate.wait_for()
        assert writer.take_settled() is None
        disk.gate.open()
        frame = settled(writer, bell)
    assert frame.number == 7
    assert frame.paths() == (Path("a"), Path("b"))


def test_the_files_of_one_frame_are_written_at_the_same_time() -> None:
    disk, bell = Disk(), Bell()
    with DeferredWriter(Limits(1, write_threads=3), bell.ring) as writer:
        writer.submit(1, [disk.part(name, held=True) for name in "abc"], 100)
        disk.gate.wait_for(3)
        disk.gate.open()
        assert settled(writer, bell).paths() == (Path("a"), Path("b"), Path("c"))


def test_a_frame_of_no_files_is_settled() -> None:
    with DeferredWriter(Limits(1), lambda: None) as writer:
        writer.submit(1, [], 100)
        frame = writer.take_settled()
        assert frame is not None
        assert frame.paths() == ()


@pytest.mark.parametrize(
    ("limits", "room_for"),
    [
        (Limits(1, write_behind=3), 3),
        (Limits(1, write_behind=9, write_bytes=250), 2),
        (Limits(1, write_behind=9, write_bytes=200), 2),
        (Limits(1, write_behind=9, write_bytes=1), 1),
    ],
)
def test_there_is_room_for_so_many_frames(limits: Limits, room_for: int) -> None:
    disk = Disk()
    with DeferredWriter(limits, lambda: None) as writer:
        for number in range(room_for):
            assert writer.has_room
            writer.submit(number, [disk.part("a", held=True)], 100)
        assert not writer.has_room
        assert writer.held_bytes == 100 * room_for
        disk.gate.open()


def test_a_written_frame_makes_room() -> None:
    disk, bell = Disk(), Bell()
    with DeferredWriter(Limits(1, write_behind=1), bell.ring) as writer:
        writer.submit(1, [disk.part("a")], 100)
        settled(writer, bell)
        assert writer.has_room
        assert writer.held_bytes == 0


def test_a_failed_file_fails_its_frame_and_files_not_begun_stay_so() -> None:
    disk, bell = Disk(), Bell()

    def broken() -> Path:
        raise WriteError("Disk full.", frame=1)

    with DeferredWriter(ONE_THREAD, bell.ring) as writer:
        writer.submit(1, [disk.part("a"), broken, disk.part("c")], 100)
        frame = settled(writer, bell)
    with pytest.raises(WriteError, match=r"Disk full\."):
        frame.paths()
    assert disk.written == ["a"]


def test_dropping_leaves_a_begun_frame_to_be_finished_whole() -> None:
    disk, bell = Disk(), Bell()
    with DeferredWriter(ONE_THREAD, bell.ring) as writer:
        writer.submit(1, [disk.part("1a", held=True), disk.part("1b")], 100)
        writer.submit(2, [disk.part("2a"), disk.part("2b")], 100)
        disk.gate.wait_for()
        writer.drop_unbegun()
        assert writer.held == 1
        disk.gate.open()
        assert settled(writer, bell).number == 1
    assert disk.written == ["1a", "1b"]


def test_leaving_drops_what_is_not_begun_and_waits_for_what_is() -> None:
    disk = Disk()
    with DeferredWriter(ONE_THREAD, lambda: None) as writer:
        writer.submit(1, [disk.part("1a", held=True), disk.part("1b")], 100)
        writer.submit(2, [disk.part("2a")], 100)
        disk.gate.wait_for()
        writer.drop_unbegun()
        disk.gate.open()
    assert disk.written == ["1a", "1b"]


def test_a_frame_that_is_written_is_not_dropped() -> None:
    disk, bell = Disk(), Bell()
    with DeferredWriter(ONE_THREAD, bell.ring) as writer:
        writer.submit(1, [disk.part("a")], 100)
        bell.wait()
        writer.drop_unbegun()
        assert settled(writer, bell).number == 1
