"""Whole runs in which something fails: frames, disks, people and processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corridorkey_core.plan import plan_job
from corridorkey_core.progress import CancelToken, Event, FrameFinished
from corridorkey_core.run import run
from tests.fake_shot import leaving_nothing
from tests.picture_files import write
from tests.small_disk import small_disk
from tests.small_shot import (
    ROOT,
    command,
    content,
    job_of,
    key,
    make_shot,
    plate_of,
    temporaries,
)

FRAMES = tuple(range(1001, 1007))
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def frames_on_disk(shot: Path) -> dict[int, int]:
    """How many files each frame has."""
    found: dict[int, int] = {}
    for name in content(shot / "out"):
        number = int(name.split(".")[-2])
        found[number] = found.get(number, 0) + 1
    return found


def test_each_bad_frame_fails_alone_and_is_named(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    plate, hint = shot / "plate/shot.1002.exr", shot / "hint/shot.1004.exr"
    plate.write_bytes(plate.read_bytes()[:900])
    hint.unlink()
    write(shot / "hint/shot.1005.exr", np.zeros((32, 48, 1), np.float16), ["Y"])
    (shot / "plate/shot.1006.exr").write_text("not a picture")
    with leaving_nothing():
        report, _ = key(job_of(shot, "1001-1008"))
    assert report.finished == (1001, 1003)
    failed = {failure.frame: failure for failure in report.failed}
    assert set(failed) == {1002, 1004, 1005, 1006, 1007, 1008}
    assert {failure.stage for failure in report.failed} == {"read"}
    assert failed[1002].path == str(plate)
    assert "damaged or cut short" in failed[1002].reason
    assert "hint has no frame 1004" in failed[1004].reason
    assert "48 x 32" in failed[1005].reason
    assert "hint_fit" in failed[1005].reason
    assert "plate has no frame 1007" in failed[1007].reason
    assert frames_on_disk(shot) == {1001: 4, 1003: 4}

    report, _ = key(job_of(shot, "1005", hint_fit="resample"))
    assert report.finished == (1005,)


def test_on_error_stop_stops_after_the_first(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    (shot / "plate/shot.1001.exr").write_text("not a picture")
    report, _ = key(job_of(shot, on_error="stop", read_ahead=1))
    assert [failure.frame for failure in report.failed] == [1001]
    assert report.unfinished
    assert not report.cancelled


def test_an_output_that_is_a_file_fails_every_frame_and_loses_nothing(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    (shot / "out").write_text("somebody's notes")
    report, _ = key(job_of(shot))
    assert len(report.failed) == 6
    assert {failure.stage for failure in report.failed} == {"write"}
    assert "is a file, not a folder" in report.failed[0].reason
    assert (shot / "out").read_text() == "somebody's notes"


def test_a_read_only_disk_is_named(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with small_disk(shot / "out", "size=1m,ro"):
        report, _ = key(job_of(shot))
        assert content(shot / "out") == {}
    assert [failure.stage for failure in report.failed] == ["write", "write"]
    assert "read-only" in report.failed[0].reason


@pytest.mark.parametrize("room", ["48k", "72k", "120k"])
def test_a_disk_that_fills_up_leaves_whole_files_and_the_run_goes_on_from_there(
    tmp_path: Path, room: str
) -> None:
    shot = make_shot(tmp_path)
    report, _ = key(job_of(shot))
    undisturbed = content(shot / "out")
    assert len(report.finished) == 6
    shutil.rmtree(shot / "out")

    with small_disk(shot / "out", f"size={room}") as disk:
        report, _ = key(job_of(shot))
        assert report.failed
        assert all("disk full" in failure.reason for failure in report.failed)
        assert all(frames_on_disk(shot)[number] == 4 for number in report.finished)
        assert temporaries(shot / "out") == []
        assert all(undisturbed[name] == data for name, data in content(shot / "out").items())
        disk.resize("8m")
        again, _ = key(job_of(shot))
        assert again.skipped == report.finished
        assert not again.failed
        assert content(shot / "out") == undisturbed


@pytest.mark.parametrize("after", [0, 1, 3])
def test_cancelling_leaves_whole_frames_and_the_run_goes_on_from_there(
    tmp_path: Path, after: int
) -> None:
    shot = make_shot(tmp_path)
    cancel, finished = CancelToken(), []

    def tell(event: Event) -> None:
        finished.extend([event.frame] if isinstance(event, FrameFinished) else [])
        if len(finished) >= after:
            cancel.cancel()

    with leaving_nothing():
        report = run(plan_job(job_of(shot)), on_event=tell, cancel=cancel)
    assert report.cancelled
    assert after <= len(report.finished) < 6
    assert frames_on_disk(shot) == dict.fromkeys(report.finished, 4)
    assert temporaries(shot) == []
    again, _ = key(job_of(shot))
    assert (again.skipped, len(again.skipped) + len(again.finished)) == (report.finished, 6)


@pytest.fixture
def undisturbed(tmp_path: Path) -> dict[str, bytes]:
    """What a run that nobody disturbs leaves of the shot in `shot`."""
    shot = make_shot(tmp_path / "shot", range(1001, 1021))
    key(job_of(shot))
    expected = content(shot / "out")
    shutil.rmtree(shot / "out")
    return expected


def start(shot: Path) -> subprocess.Popen[str]:
    """Key the shot in a child, which says each finished frame as a JSON line."""
    words = [
        "key", str(shot / "plate/shot.####.exr"), "--hint", str(shot / "hint/shot.####.exr"),
        "-o", str(shot / "out"), "--keyer", "chroma", "--device", "cpu", "--json",
    ]  # fmt: skip
    return subprocess.Popen(
        command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def events(lines: Iterator[str]) -> Iterator[dict[str, object]]:
    return (json.loads(line) for line in lines)


def wait_for_frames(child: subprocess.Popen[str], count: int) -> None:
    assert child.stdout
    for event in events(iter(child.stdout)):
        count -= event["event"] == "frame_finished"
        if count <= 0:
            return
    pytest.fail(f"the child ended first: {child.communicate()[1]}")


@posix
@pytest.mark.parametrize("killed_after", [1, 6, 11])
def test_after_kill_9_the_same_command_gives_the_bytes_of_an_undisturbed_run(
    tmp_path: Path, undisturbed: dict[str, bytes], killed_after: int
) -> None:
    shot = tmp_path / "shot"
    with start(shot) as child:
        wait_for_frames(child, killed_after)
        child.kill()
    left = content(shot / "out")
    assert all(undisturbed[name] == data for name, data in left.items() if ".tmp" not in name)
    report, _ = key(job_of(shot))
    assert len(report.skipped) >= killed_after
    assert content(shot / "out") == undisturbed


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_in_order(
    tmp_path: Path, undisturbed: dict[str, bytes], number: signal.Signals
) -> None:
    shot = tmp_path / "shot"
    with start(shot) as child:
        wait_for_frames(child, 2)
        child.send_signal(number)
        out, error = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "cancelling" in error
    assert "Traceback" not in error
    last = json.loads(out.splitlines()[-1])
    assert (last["event"], last["cancelled"]) == ("run_finished", True)
    whole = frames_on_disk(shot)
    assert set(whole.values()) == {4}
    assert len(whole) < 20
    assert temporaries(shot) == []
    key(job_of(shot))
    assert content(shot / "out") == undisturbed


def test_plates_may_be_replaced_while_nothing_runs(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    key(job_of(shot))
    old = content(shot / "out")
    write(shot / "plate/shot.1002.exr", plate_of(7))
    report, _ = key(job_of(shot))
    assert report.finished == (1002,)
    new = content(shot / "out")
    assert {name for name in old if old[name] != new[name]} == {
        name for name in old if "1002" in name
    }
