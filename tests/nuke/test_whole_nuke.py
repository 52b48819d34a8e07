"""From a script to a rendered comp by `nuke` as a command, against the engine's own pictures.

With CORRIDORKEY_NUKE_EXE naming a real Nuke it runs that one, else the stand-in.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from corridorkey_core.frames import Pixels
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from tests.nuke.seat import NODE, make_nuke_shot
from tests.nuke.stand_in.desk import make_executable
from tests.small_shot import job_of
from tests.sources import ROOT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
REAL = "CORRIDORKEY_NUKE_EXE"
HALF = 2.0**-11
TOOLS: dict[str, Any] = {
    "clip_black": 0.05,
    "clip_white": 0.95,
    "matte_gamma": 1.2,
    "shrink_grow": -0.5,
    "soften": 0.8,
    "despill": "average",
    "despill_strength": 0.7,
}


def test_a_comp_is_what_the_engine_would_have_made(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDORKEY_PYTHON", str(python))
    shot = make_nuke_shot(tmp_path / "shot")
    (shot / "comp").mkdir()
    settings = {"keyer": "chroma", "device": "cpu", **TOOLS}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    nuke(tmp_path, "-t", ROOT / "tests/nuke/make_comp.py", shot, tmp_path / "settings.json")
    script = shot / "comp.nk"
    early = nuke(tmp_path, "-x", script, "-F", "1002", expected=1)
    assert "frame 1002 is not keyed" in early
    nuke(tmp_path, "-t", NODE / "key_shot.py", script, "--frames=1001-1003", "--save")
    nuke(tmp_path, "-x", script, "-F", "1001-1003")
    expected = engines_own(shot)
    for frame in (1001, 1002, 1003):
        made, wanted = pixels(shot / f"comp/comp.{frame}.exr"), expected[frame]
        assert np.abs(made - wanted).max() < 6 * HALF


def nuke(folder: Path, *words: object, expected: int = 0) -> str:
    """Run a Nuke that has the plugin; returns what it said."""
    program = os.environ.get(REAL) or str(make_executable(folder, (NODE,)))
    done = subprocess.run(
        [program, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "NUKE_PATH": str(NODE)},
        check=False,
    )
    said = done.stdout + done.stderr
    assert (done.returncode != 0) == (expected != 0), said
    return said


def engines_own(shot: Path) -> dict[int, Pixels]:
    """The premultiplied pictures that the engine makes by itself, by frame."""
    run(plan_job(job_of(shot, "1001-1003", bit_depth="float", passes=("processed",), **TOOLS)))
    return {
        int(path.name.split(".")[1]): pixels(path) for path in (shot / "out/processed").iterdir()
    }


def pixels(path: Path) -> Pixels:
    return np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT))
