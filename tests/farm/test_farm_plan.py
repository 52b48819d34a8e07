"""`farm plan`: figures given, or measured by keying a few frames, of which nothing is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.farm.beside_shot import FIGURES, listing, run

in_shot = pytest.mark.usefixtures("shot")


@in_shot
def test_a_plan_of_given_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("farm", "plan", "job.yaml", *FIGURES, "--chunk", "4", "--workers", "1,2") == 0
    out = capsys.readouterr().out
    assert "shot    shot: 6 frames in 2 chunks of 4" in out
    assert "cost    10.0 s to start, 2.000 s and 8.00 MiB a frame, given" in out
    assert "start   62.5 % of the work; below 5 % it takes more frames" in out
    assert "time    0:32 with 1 worker" in out
    assert "time    0:18 with 2 workers" in out
    assert "0:18 at least, which is the longest chunk" in out
    assert "gpu     none; 0.01 hours of workers' processors" in out
    assert "disk    48.0 MiB of results; each worker writes 4.0 MiB a second" in out


@in_shot
def test_a_plan_counts_every_gpu_of_a_chunk(capsys: pytest.CaptureFixture[str]) -> None:
    figures = ("--start-seconds", "600", "--frame-seconds", "500", "--frame-mib", "8")
    assert run("farm", "plan", "job.yaml", *figures, "--gpus", "2", "--chunk", "6") == 0
    assert "gpu     2.00 hours, 2 a chunk of 6144 MiB" in capsys.readouterr().out


@in_shot
def test_a_plan_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("farm", "plan", "job.yaml", *FIGURES, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["shots"] == [{"name": "shot", "frames": 6, "chunks": 1, "frames_per_chunk": 6}]
    assert facts["seconds"] == {"1": 22, "10": 22, "100": 22}
    assert facts["figures"]["source"] == "given"
    assert facts["needs"]["gpus"] == 0


def test_a_plan_is_measured_where_nothing_is_given(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("farm", "plan", "job.yaml", "--frame-mib", "1", "--measure", "3", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    figures = facts["figures"]
    assert figures["source"] == "measured here over 3 frames; frame mib given"
    assert figures["start_seconds"] > 0
    assert figures["frame_seconds"] > 0
    assert figures["frame_bytes"] == 1 << 20
    assert listing(shot) == ["hint", "job.yaml", "plate"], "and nothing is left of it"


def test_what_cannot_be_measured_says_why_and_leaves_nothing(
    shot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (shot / "plate").iterdir():
        path.write_bytes(b"not a picture")
    assert run("farm", "export", "job.yaml", "-o", "bundle") == 2
    error = capsys.readouterr().err
    assert "No frame can be keyed to measure by: corridorkey: The file cannot be read" in error
    assert listing(shot) == ["hint", "job.yaml", "plate"]


@in_shot
def test_an_engine_that_does_not_start_cannot_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken" / "corridorkey_core"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('a broken install')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    monkeypatch.chdir("/")
    assert run("farm", "plan", str(tmp_path / "job.yaml")) == 2
    assert "a broken install" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_measuring_is_cancelled_like_a_run_and_leaves_nothing(shot: Path) -> None:
    words = [sys.executable, "-m", "corridorkey_core", "farm", "plan", "job.yaml"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        assert child.stderr.readline() == "measuring a few frames of shot\n"
        while not list(shot.glob(".corridorkey-measure-*/job.yaml")):
            assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        child.stderr.read()
    assert child.returncode == 130
    assert listing(shot) == ["hint", "job.yaml", "plate"]
