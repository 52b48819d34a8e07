"""Chunks of one shot in processes of their own, over one folder, as on the machines of a farm.

Whatever overlaps, whatever is killed in the middle: the end has the bytes of one run, every file
that can be seen at any time is whole, and the records claim nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from corridorkey_core.job_file import job_text
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from tests.small_shot import command, content, job_of, key, make_shot, said, temporaries

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="small pipes")
ROOT = Path(__file__).resolve().parents[2]
FRAMES = range(1001, 1041)
# A chunk waits once some events are unread, so it is always killed in the middle of its frames.
SMALLEST_PIPE = 4096


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A shot, and the bytes of its results as one machine makes them."""
    shot = make_shot(tmp_path_factory.mktemp("farm"), FRAMES)
    key(job_of(shot))
    results = content(shot / "out")
    (shot / "out").rename(shot / "alone")
    return shot, results


@pytest.fixture
def job(alone: tuple[Path, dict[str, bytes]], tmp_path: Path) -> Path:
    """A job file for the shot, into a folder of this test's own."""
    shot, _results = alone
    file = tmp_path / "job.yaml"
    wanted = job_of(shot)
    file.write_text(job_text(wanted).replace(str(shot / "out"), str(tmp_path / "out")))
    return file


def begin(job: Path, frames: str) -> subprocess.Popen[str]:
    """A chunk in a process of its own, which tells its events."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command("run", str(job), "--frames", frames, "--json"),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        pipesize=SMALLEST_PIPE,
    )


def finished_frames(chunk: subprocess.Popen[str]) -> Iterator[int]:
    """The frames that a chunk says are finished, as it says so."""
    assert chunk.stdout is not None
    for line in chunk.stdout:
        event = json.loads(line)
        if event["event"] == "frame_finished":
            yield event["frame"]


def finished_frames_set(chunk: subprocess.Popen[str]) -> set[int]:
    return set(finished_frames(chunk))


def kill_after(chunk: subprocess.Popen[str], count: int) -> list[int]:
    """Kill a chunk when it has finished `count` more frames; all that it said of."""
    claimed = list(islice(finished_frames(chunk), count))
    chunk.send_signal(signal.SIGKILL)
    claimed += finished_frames(chunk)
    assert chunk.wait() == -signal.SIGKILL
    return claimed


def test_chunks_side_by_side_give_the_bytes_of_one_machine(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    chunks = [begin(job, frames) for frames in ("1001-1013", "1014-1026", "1027-1040")]
    assert [chunk.communicate() and chunk.returncode for chunk in chunks] == [0, 0, 0]
    assert content(job.parent / "out") == alone[1]
    again = said("run", str(job))
    assert "0 frames keyed, 40 skipped as finished and current" in again.stdout, again.stderr


def test_chunks_that_overlap_and_are_killed_do_no_harm(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    output, results = job.parent / "out", alone[1]
    with begin(job, "1001-1040") as up, begin(job, "1040-1001") as down:
        assert next(finished_frames(up))
        assert next(finished_frames(down))
        with begin(job, "1001-1040") as left:
            assert next(finished_frames(left))
            assert kill_after(up, 1)
            assert kill_after(down, 1)
            seen = content_whole(output)
            assert list(finished_frames(left))
    assert left.returncode == 0
    assert seen.items() <= results.items(), "every file is whole at any time"
    assert content_whole(output) == results
    again = said("run", str(job))
    assert "0 frames keyed, 40 skipped as finished and current" in again.stdout, again.stderr
    assert temporaries(output) == [], "what the killed left is swept by the next chunk"


def test_a_killed_chunk_goes_to_two_machines_at_once(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    with begin(job, "1001-1040") as first:
        claimed = kill_after(first, 3)
    with (
        begin(job, "1001-1040") as up,
        begin(job, "1040-1001") as down,
        ThreadPoolExecutor() as listeners,
    ):
        done = set[int]().union(*listeners.map(finished_frames_set, (up, down)))
    assert (up.returncode, down.returncode) == (0, 0)
    assert done == set(FRAMES) - set(claimed), "what was finished is not keyed again"
    assert content(job.parent / "out") == alone[1]


def test_a_chunk_run_again_keys_nothing_and_touches_nothing(
    alone: tuple[Path, dict[str, bytes]],
) -> None:
    shot, _results = alone
    run(plan_job(job_of(shot, "1001-1004")))
    assert run(plan_job(job_of(shot, "1003-1006"))).finished == (1005, 1006)
    before = {path: path.stat().st_mtime_ns for path in (shot / "out").rglob("*")}
    assert run(plan_job(job_of(shot, "1001-1006"))).skipped == tuple(range(1001, 1007))
    assert {path: path.stat().st_mtime_ns for path in (shot / "out").rglob("*")} == before


def content_whole(output: Path) -> dict[str, bytes]:
    """The files that have taken their names; others may go at any time, and are hidden."""
    return {
        str(path.relative_to(output)): path.read_bytes()
        for path in output.glob("*/*.*")
        if not path.is_relative_to(output / ".corridorkey") and not path.name.startswith(".")
    }
