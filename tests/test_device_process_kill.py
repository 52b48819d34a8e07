"""Devices in processes of their own: killed in each state, cancelled, and left alone."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from corridorkey_core.device_process.crew import Crew
from corridorkey_core.errors import DeviceError
from corridorkey_core.plan import plan_job
from corridorkey_core.progress import CancelToken, FrameFinished
from corridorkey_core.run import run
from corridorkey_core.workshop import Workshop
from tests.fake_shot import WAIT, Elsewhere
from tests.keyed_apart import (
    LOADING,
    Apart,
    Script,
    always,
    apart,
    children,
    gone,
    linux,
    shared_blocks,
    wait_until_gone,
)
from tests.small_shot import ROOT, command, content, job_of, key, make_shot, temporaries
from tests.test_run_failures import frames_on_disk, wait_for_frames
from tests.two_devices import TWO, made_alone

pytestmark = linux
NUMBERS = tuple(range(1001, 1013))
GONE = "It is given no more frames; other devices go on."


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return make_shot(tmp_path / "shot", range(1001, 1013))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Apart]:
    with apart(tmp_path / "script") as made:
        made.script.have_them_meet()
        yield made


# One that ends


@pytest.mark.parametrize(("end", "how"), [("die", "SIGKILL"), ("exit", "ended with status 3")])
def test_one_that_ends_while_it_keys_costs_that_frame(
    shot: Path, two: Apart, end: str, how: str
) -> None:
    alone = made_alone(shot)
    two.script.tell("cpu:1", 2, end)
    report = two.run(job_of(shot, devices=TWO))
    assert {failure.stage for failure in report.failed} == {"key"}
    (lost,) = [failure for failure in report.failed if how in failure.reason]
    assert f"cpu:1 was lost while it keyed frame {lost.frame}" in lost.reason
    others = [failure.reason for failure in report.failed if failure is not lost]
    assert others in ([], ["The process of cpu:1 ended before the frame had left it."])
    assert two.notices[-1].endswith(GONE)
    assert len(report.finished) + len(report.failed) == 12
    gc.collect()  # what failed holds its frame in a circle
    assert shared_blocks() == 0
    key(job_of(shot))
    assert content(shot / "out") == alone


def test_one_whose_device_fails_costs_that_frame_and_is_replaced_for_the_next_shot(
    shot: Path, two: Apart
) -> None:
    alone = made_alone(shot)
    two.script.tell("cpu:1", 2, "lose the device")
    report = two.run(job_of(shot, devices=TWO))
    (failure,) = report.failed
    assert failure.reason.startswith(f"cpu:1 failed while it keyed frame {failure.frame}: CUDA")
    before = set(children())
    two.script.tell("cpu:1", 2, "nothing")
    assert two.run(job_of(shot, devices=TWO)).finished == (failure.frame,)
    assert two.run(job_of(shot, devices=TWO, overwrite=True)).finished == NUMBERS
    assert len(set(children()) - before) == 1
    assert content(shot / "out") == alone


def test_the_last_ones_end_ends_the_run(shot: Path, two: Apart) -> None:
    alone = made_alone(shot)
    two.script.tell("cpu:0", 2, "die")
    two.script.tell("cpu:1", 2, "die")
    with pytest.raises(DeviceError, match="was lost while it keyed frame"):
        two.run(job_of(shot, devices=TWO))
    assert set(frames_on_disk(shot).values()) <= {4}
    assert temporaries(shot) == []
    key(job_of(shot))
    assert content(shot / "out") == alone


@pytest.mark.parametrize("end", ["die", "lose the device"])
def test_the_only_ones_end_ends_the_run(shot: Path, tmp_path: Path, end: str) -> None:
    with apart(tmp_path / "script") as one:
        one.script.tell("cpu", 3, end)
        with pytest.raises(DeviceError, match=r"^cpu (was lost|failed) while it keyed frame 1003"):
            one.run(job_of(shot))
        one.script.tell("cpu", 3, "nothing")
        assert set(one.run(job_of(shot)).finished) >= set(NUMBERS[3:])


def test_one_that_ends_while_it_is_made_ready_ends_the_run_before_it_begins(
    shot: Path, two: Apart
) -> None:
    two.script.tell("cpu:1", LOADING, "die")
    with pytest.raises(DeviceError, match="cpu:1 was lost while it was made ready"):
        two.run(job_of(shot, devices=TWO))
    assert not (shot / "out").exists()
    two.script.tell("cpu:1", LOADING, "nothing")
    assert two.run(job_of(shot, devices=TWO)).finished == NUMBERS


def test_one_that_does_not_understand_what_it_is_asked_ends(
    shot: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    here_only = ModuleType("here_only")
    exec("def load(settings, device, say): ...", vars(here_only))
    monkeypatch.setitem(sys.modules, "here_only", here_only)
    crew = Crew(load=here_only.load, suits=always)
    with crew, pytest.raises(DeviceError, match="was lost while it was made ready"):
        run(plan_job(job_of(shot)), workshop=Workshop(ready=crew.ready))
    assert "No module named 'here_only'" in capfd.readouterr().err


def test_one_that_ended_before_it_was_needed_is_replaced(shot: Path, two: Apart) -> None:
    before = set(children())
    two.crew.start(2)
    killed = max(set(children()) - before)
    os.kill(killed, signal.SIGKILL)
    os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)
    assert two.run(job_of(shot, devices=TWO)).finished == NUMBERS


def test_one_that_is_killed_while_nothing_is_asked_of_it(shot: Path, two: Apart) -> None:
    killed = list[int]()

    def kill(event: object) -> None:
        # Another frame of its may have left it before it was killed.
        if isinstance(event, FrameFinished) and event.device == "cpu:1" and not killed:
            killed.append(two.script.process("cpu:1"))
            os.kill(killed[0], signal.SIGKILL)
        Apart._tell(two, event)  # type: ignore[arg-type]

    two._tell = kill  # type: ignore[method-assign]
    report = two.run(job_of(shot, devices=TWO))
    assert killed
    assert len(report.finished) + len(report.failed) == 12
    assert len(report.failed) <= 2, "the one it had, and the one that was on its way"
    assert not report.unfinished
    assert all(frames_on_disk(shot)[number] == 4 for number in report.finished)


# One that is told to stop


def test_cancelled_while_both_key(shot: Path, two: Apart) -> None:
    cancel = CancelToken()
    for device in ("cpu:0", "cpu:1"):
        two.script.tell(device, 2, "wait")
    run = Elsewhere(partial(two.run, job_of(shot, devices=TWO), cancel=cancel))
    for device in ("cpu:0", "cpu:1"):
        two.script.wait_for(device, 2)
    cancel.cancel()
    two.script.go()
    report = run.report()
    assert report.cancelled
    assert len(report.finished) == 2
    assert set(frames_on_disk(shot).values()) == {4}
    assert temporaries(shot) == []


def test_cancelled_while_both_are_made_ready(shot: Path, two: Apart) -> None:
    cancel = CancelToken()
    two.script.tell("cpu:0", LOADING, "wait")
    run = Elsewhere(partial(two.run, job_of(shot, devices=TWO), cancel=cancel))
    two.script.wait_for("cpu:0", LOADING)
    cancel.cancel()
    two.script.go()
    report = run.report()
    assert report.cancelled
    assert report.unfinished == NUMBERS


def test_a_listener_that_raises_ends_the_run_in_order(shot: Path, two: Apart) -> None:
    def tell(event: object) -> None:
        if isinstance(event, FrameFinished):
            raise LookupError("the listener")

    two._tell = tell  # type: ignore[method-assign]
    with pytest.raises(LookupError, match="the listener"):
        two.run(job_of(shot, devices=TWO))
    assert temporaries(shot) == []


def test_a_crew_that_is_let_go_of_ends_processes_that_are_still_starting(tmp_path: Path) -> None:
    before = set(children())
    with apart(tmp_path / "script") as crew:
        crew.crew.start(2)
        assert len(set(children()) - before) == 2


# The run's own process


def apart_from_here(shot: Path, script: Script) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "tests.keyed_apart", str(shot), str(script.folder)]
    return subprocess.Popen(words, cwd=ROOT)


@pytest.mark.parametrize("frame", [LOADING, 2])
def test_they_end_with_the_runs_process_however_that_ends(
    shot: Path, tmp_path: Path, frame: int
) -> None:
    script = Script(tmp_path)
    script.tell("cpu:1", frame, "wait")
    with apart_from_here(shot, script) as run:
        script.wait_for("cpu:1", frame)
        processes = children(run.pid)
        assert len(processes) == 2
        run.kill()
    wait_until_gone(*processes)
    left = content(shot / "out") if frame else {}
    key(job_of(shot))
    whole = content(shot / "out")
    assert all(whole[name] == data for name, data in left.items() if ".tmp" not in name)


def test_nothing_of_theirs_is_left_in_any_file_system(shot: Path, tmp_path: Path) -> None:
    before = set(Path("/dev/shm").iterdir())
    script = Script(tmp_path)
    script.tell("cpu:1", 2, "wait")
    with apart_from_here(shot, script) as run:
        os.kill(script.wait_for("cpu:1", 2), signal.SIGKILL)
        run.wait(WAIT)
    assert run.returncode == 0
    assert set(Path("/dev/shm").iterdir()) <= before


def start(shot: Path) -> subprocess.Popen[str]:
    words = [
        "key", str(shot / "plate/shot.####.exr"), "--hint", str(shot / "hint/shot.####.exr"),
        "-o", str(shot / "out"), "--keyer", "chroma", "--devices", TWO, "--json",
    ]  # fmt: skip
    return subprocess.Popen(
        command(*words),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def failed_frames(lines: str) -> list[int]:
    events = map(json.loads, lines.splitlines())
    return sorted(event["frame"] for event in events if event["event"] == "frame_failed")


def test_the_command_goes_on_without_one_that_is_killed_and_says_so(tmp_path: Path) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1061))
    with start(shot) as run:
        wait_for_frames(run, 2)
        os.kill(children(run.pid)[0], signal.SIGKILL)
        out, error = run.communicate(timeout=120)
    assert run.returncode == 1
    assert "Traceback" not in error
    assert GONE in out
    failed = failed_frames(out)
    assert 1 <= len(failed) <= 2, "the one it had, and the one that was on its way"
    again, _ = key(job_of(shot))
    assert list(again.finished) == failed


def test_the_command_without_any_left_says_so(tmp_path: Path) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1061))
    with start(shot) as run:
        wait_for_frames(run, 2)
        for child in children(run.pid):
            os.kill(child, signal.SIGKILL)
        _out, error = run.communicate(timeout=120)
    assert run.returncode == 2
    assert "was lost while it keyed frame" in error
    assert "Traceback" not in error
    assert set(frames_on_disk(shot).values()) <= {4}
    assert temporaries(shot) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_cancels_in_order(tmp_path: Path, number: signal.Signals) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1061))
    with start(shot) as run:
        wait_for_frames(run, 2)
        processes = children(run.pid)
        os.killpg(run.pid, number)
        out, error = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in error
    summary = json.loads(out.splitlines()[-1])
    assert summary["cancelled"] is True
    assert failed_frames(out) == []
    assert all(map(gone, processes))
    assert set(frames_on_disk(shot).values()) == {4}
    assert temporaries(shot) == []
