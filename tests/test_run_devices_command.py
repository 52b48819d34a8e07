"""Several devices from the command line: killed, interrupted, and gone on with."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.small_shot import ROOT, command, content, job_of, key, make_shot, temporaries
from tests.test_run_failures import frames_on_disk, posix, wait_for_frames
from tests.two_devices import TWO, made_alone


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return make_shot(tmp_path / "shot", range(1001, 1013))


def start(shot: Path) -> subprocess.Popen[str]:
    words = [
        "key", str(shot / "plate/shot.####.exr"), "--hint", str(shot / "hint/shot.####.exr"),
        "-o", str(shot / "out"), "--keyer", "chroma", "--devices", TWO, "--json",
    ]  # fmt: skip
    return subprocess.Popen(
        command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@posix
def test_after_kill_9_the_same_command_gives_the_bytes_of_an_undisturbed_run(shot: Path) -> None:
    alone = made_alone(shot)
    with start(shot) as child:
        wait_for_frames(child, 5)
        child.kill()
    left = content(shot / "out")
    assert all(alone[name] == data for name, data in left.items() if ".tmp" not in name)
    with start(shot) as child:
        out, _ = child.communicate(timeout=120)
    assert child.returncode == 0
    assert content(shot / "out") == alone
    finished = [json.loads(line) for line in out.splitlines() if "frame_finished" in line]
    assert {event["device"] for event in finished} <= {"cpu:0", "cpu:1"}
    assert len(finished) <= 7


@posix
def test_a_signal_cancels_in_order(shot: Path) -> None:
    alone = made_alone(shot)
    with start(shot) as child:
        wait_for_frames(child, 1)
        child.send_signal(signal.SIGINT)
        out, error = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in error
    assert json.loads(out.splitlines()[-1])["cancelled"] is True
    assert set(frames_on_disk(shot).values()) == {4}
    assert temporaries(shot) == []
    key(job_of(shot))
    assert content(shot / "out") == alone
