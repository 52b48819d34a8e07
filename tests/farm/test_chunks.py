"""Chunks of one shot in processes of their own, over one folder, as on the machines of a farm.

Whatever overlaps, whatever is killed in the middle: the end has the bytes of one run, every file
that can be seen at any time is whole, and the records claim nothing else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from corridorkey_core.job_file import job_text
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from tests.small_shot import command, content, job_of, key, make_shot, said, temporaries

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9")
ROOT = Path(__file__).resolve().parents[2]
FRAMES = range(1001, 1013)


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
    )


def finished_frames(chunk: subprocess.Popen[str]) -> Iterator[int]:
    """The frames that a chunk says are finished, as it says so."""
    assert chunk.stdout is not None
    for line in chunk.stdout:
        event = json.loads(line)
        if event["event"] == "frame_finished":
            yield event["frame"]


def kill_after(chunk: subprocess.Popen[str], count: int) -> list[int]:
    """Kill a chunk at once when it has finished `count` frames; all that it said of."""
    claimed = []
    for number in finished_frames(chunk):
        claimed.append(number)
        if len(claimed) == count:
            chunk.send_signal(signal.SIGKILL)
    chunk.wait()
    return claimed


def test_chunks_side_by_side_give_the_bytes_of_one_machine(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    chunks = [begin(job, frames) for frames in ("1001-1004", "1005-1008", "1009-1012")]
    assert [chunk.communicate() and chunk.returncode for chunk in chunks] == [0, 0, 0]
    assert content(job.parent / "out") == alone[1]
    again = said("run", str(job))
    assert "0 frames keyed, 12 skipped as finished and current" in again.stdout, again.stderr


def test_chunks_that_overlap_and_are_killed_do_no_harm(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    output, results = job.parent / "out", alone[1]
    with ExitStack() as running:
        killed = [
            running.enter_context(begin(job, frames)) for frames in ("1001-1008", "1005-1012")
        ]
        left = running.enter_context(begin(job, "1001-1012"))
        claimed = {number for chunk in killed for number in kill_after(chunk, 2)}
        assert set(content_whole(output).items()) <= set(results.items()), "every file is whole"
        assert left.communicate()
        assert [chunk.returncode for chunk in (*killed, left)] == [-9, -9, 0]
    assert claimed
    assert content_whole(output) == results
    again = said("run", str(job), "--frames", "1003-1010")
    assert "0 frames keyed, 8 skipped as finished and current" in again.stdout, again.stderr
    assert temporaries(output) == [], "what the killed left is swept by the next chunk"


def test_a_killed_chunk_goes_to_two_machines_at_once(
    alone: tuple[Path, dict[str, bytes]], job: Path
) -> None:
    with begin(job, "1001-1012") as first:
        claimed = kill_after(first, 3)
    assert first.returncode == -signal.SIGKILL
    with begin(job, "1001-1012") as up, begin(job, "1012-1001") as down:
        done = {*finished_frames(up), *finished_frames(down)}
    assert (up.returncode, down.returncode) == (0, 0)
    assert len(claimed) >= 3
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
