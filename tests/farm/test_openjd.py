"""Bundles of Open Job Description, checked and run by its own command: no stand-in anywhere.

Several tasks over the demo shot give the bytes of one run; weights are loaded once a session; a
frame that fails fails its task, and says why; a cancel ends in whole files; a session without an
engine, or whose engine dies, keys all the same; paths are mapped.
"""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from corridorkey_core.cli import main
from corridorkey_core.job import Job
from corridorkey_core.job_file import jobs_text
from corridorkey_core.settings import Settings
from tests.farm.openjd_run import begin_openjd, corridorkey_word, lines_until, needs_openjd, openjd
from tests.small_shot import ROOT, content, job_of, key, make_shot, temporaries

pytestmark = needs_openjd
SAMPLE = ROOT / "examples" / "sample"
KEYED_HERE = "no warm engine in this session"


def sample(folder: Path, frames: str) -> Job:
    """The demo shot, into `folder/out`."""
    return Job(
        plate=str(SAMPLE / "plate/sample.####.exr"),
        hint=str(SAMPLE / "hint/sample.####.exr"),
        output=str(folder / "out"),
        frames=frames,
        settings=Settings(device="cpu", keyer="chroma", passes=("matte", "processed")),
    )


def exported(folder: Path, *jobs: Job, chunk: int = 2, words: tuple[str, ...] = ()) -> Path:
    """The template of a bundle for these jobs, whose tasks run this tree."""
    (folder / "job.yaml").write_text(jobs_text(jobs))
    command = ("--command", corridorkey_word(folder))
    options = ("--chunk", str(chunk), "-o", str(folder / "bundle"), *command, *words)
    assert main(("farm", "export", str(folder / "job.yaml"), *options)) == 0
    return folder / "bundle" / "template.yaml"


def engines_log(said: str) -> Path:
    """Where the session's engine was, by what `openjd` said."""
    found = re.search(r"openjd_env: CORRIDORKEY_FARM_ENGINE=(\S+)", said)
    assert found, said
    return Path(found[1])


def test_tasks_over_the_demo_shot_give_the_bytes_of_one_run(tmp_path: Path) -> None:
    template = exported(tmp_path, sample(tmp_path, "1001-1003x2,1004"))
    assert openjd("check", str(template)).returncode == 0
    run = openjd("run", str(template))
    assert run.returncode == 0, run.stdout
    assert "Chunks run: 2" in run.stdout
    assert "Frame(CHUNK[INT]) = 1001,1003" in run.stdout
    assert "openjd_progress: 50.0" in run.stdout
    assert re.search(r"openjd_status: 1/2 frames", run.stdout)
    assert KEYED_HERE not in run.stdout
    keyed = content(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "farm")
    key(sample(tmp_path, "1001-1003x2,1004"))
    assert keyed == content(tmp_path / "out")
    assert not engines_log(run.stdout).exists(), "the session's folder is gone"


def test_two_shots_are_two_steps_of_one_bundle(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1005))
    first = job_of(shot, "1001-1003")
    other = Job(**{**vars(first), "frames": "1002-1004x2", "name": "hero & co: 2"})
    template = exported(tmp_path, first, other)
    assert openjd("check", str(template)).returncode == 0
    assert "1. '1 shot' (3 total Tasks)" in openjd("summary", str(template)).stdout
    run = openjd("run", str(template), "--step", "2 hero _ co_ 2")
    assert run.returncode == 0, run.stdout
    mattes = {name for name in content(shot / "out") if name.startswith("matte")}
    assert mattes == {f"matte/hero & co: 2.{number}.exr" for number in (1002, 1004)}


def test_a_frame_that_fails_fails_its_task_and_says_why(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1005))
    (shot / "plate/shot.1002.exr").write_bytes(b"not a picture")
    run = openjd("run", str(exported(tmp_path, job_of(shot))))
    assert run.returncode == 1
    assert "openjd_fail: frame 1002 failed to read: The file cannot be read" in run.stdout
    assert "exited with code: 1" in run.stdout
    assert "Exiting Environment: CorridorKey" in run.stdout
    assert {name for name in content(shot / "out") if name.startswith("matte")} == {
        "matte/shot.1001.exr"
    }, "the frame beside it is keyed, and no chunk after it"


def test_a_cancel_ends_in_whole_files_and_leaves_no_engine(tmp_path: Path) -> None:
    template = exported(tmp_path, sample(tmp_path, "1001-1016"), chunk=16)
    with begin_openjd("run", str(template)) as run:
        said = "".join(lines_until(run, "openjd_progress:"))
        run.send_signal(signal.SIGINT)
        assert run.stdout is not None
        said += run.stdout.read()
    assert run.returncode != 0
    assert "cancelling; frames in flight are finished or dropped" in said
    assert "exited with code: 130" in said
    assert "Exiting Environment: CorridorKey" in said
    keyed = content(tmp_path / "out")
    assert 2 <= len(keyed) < 32
    assert temporaries(tmp_path / "out") == []
    frames = sorted({int(name.split(".")[1]) for name in keyed})
    (tmp_path / "out").rename(tmp_path / "cancelled")
    key(sample(tmp_path, f"{frames[0]}"))
    assert content(tmp_path / "out").items() <= keyed.items()


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the engine in /proc")
def test_a_session_whose_engine_dies_keys_all_the_same(tmp_path: Path) -> None:
    template = exported(tmp_path, sample(tmp_path, "1001-1006"), chunk=6)
    with begin_openjd("run", str(template)) as run:
        said = "".join(lines_until(run, "openjd_progress: 16.7"))
        os.kill(engine_process(engines_log(said)), signal.SIGKILL)
        assert run.stdout is not None
        said += run.stdout.read()
    assert run.returncode == 0, said
    assert "The session's engine ended before it answered." in said
    # What the dying process was writing is hidden, and may be there until the next chunk.
    whole = [name for name in content(tmp_path / "out") if ".tmp" not in name]
    assert len(whole) == 12


def engine_process(session: Path) -> int:
    """The process number of the engine of a session, as the system knows it."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended by now
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if b"corridorkey_core.farm.engine" in words and str(session).encode() in words:
                return int(entry.name)
    raise AssertionError(f"no engine for {session}")


def test_a_task_without_an_engine_keys_by_itself_and_maps_its_paths(tmp_path: Path) -> None:
    shot = make_shot(tmp_path / "here", range(1001, 1003))
    template = exported(tmp_path, job_of(shot))
    document = yaml.safe_load(template.read_text())
    del document["jobEnvironments"]
    template.write_text(yaml.safe_dump(document))
    job_file = template.with_name("job.yaml")
    job_file.write_text(job_file.read_text().replace(str(shot), "P:\\show"))
    rule = {
        "source_path_format": "WINDOWS",
        "source_path": "p:\\Show",
        "destination_path": str(shot),
    }
    rules = {"version": "pathmapping-1.0", "path_mapping_rules": [rule]}
    run = openjd("run", str(template), "--path-mapping-rules", json.dumps(rules))
    assert run.returncode == 0, run.stdout
    assert KEYED_HERE in run.stdout
    assert len(content(shot / "out")) == 2 * 4


@pytest.mark.parametrize("words", [(), ("--gpus", "2", "--gpu-memory", "8192", "--cores", "8")])
def test_what_a_worker_needs_is_what_the_specification_has(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    template = exported(tmp_path, job_of(make_shot(tmp_path)), words=words)
    checked = openjd("check", str(template))
    assert checked.returncode == 0, checked.stdout
    step = yaml.safe_load(template.read_text())["steps"][0]
    amounts = {each["name"]: each["min"] for each in step["hostRequirements"]["amounts"]}
    assert amounts.get("amount.worker.gpu", 0) == (2 if words else 0)
    assert ("amount.worker.gpu.memory" in amounts) == bool(words)


def test_a_range_too_long_for_a_parameter_is_in_the_step(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    scattered = ",".join(str(number * number + number % 3) for number in range(30, 400))
    template = exported(tmp_path, job_of(shot, f"1001,{scattered}"))
    summary = openjd("summary", str(template))
    assert summary.returncode == 0, summary.stdout
    assert "Total tasks: 371" in summary.stdout
