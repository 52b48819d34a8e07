"""The pipeline's contract: failures at every stage, first, middle and last, and stop on error."""

from __future__ import annotations

import dataclasses
import errno
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from corridorkey_core.errors import ReadError, WriteError
from corridorkey_core.process import process
from corridorkey_core.progress import (
    FrameFailed,
    Progress,
)
from tests.fake_shot import ERRORS, FILES, NARROW, WIDE, Gate, Shot

pytestmark = pytest.mark.usefixtures("nothing_left")


def failed_frames(shot: Shot) -> list[int]:
    return [event.frame for event in shot.events if isinstance(event, FrameFailed)]


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
