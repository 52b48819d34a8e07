"""A real window under Xvfb: modal keying, Escape, one step of undo, sliders that are followed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from building.blenders import Blender
from tests.blender.blender_runs import INSIDE, run
from tests.small_shot import make_shot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("Xvfb"), reason="a window needs Xvfb"),
]
FRAMES = range(1001, 1081)


@pytest.fixture
def display() -> Iterator[str]:
    """The name of a display of our own, which the server chooses."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "+extension", "GLX"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **pipes, text=True) as server:  # type: ignore[call-overload]
        number = server.stdout.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
        server.terminate()


def test_an_artists_story_in_a_window(
    program: Blender, package: Path, python: Path, tmp_path: Path, display: str
) -> None:
    seen = story(program, package, python, tmp_path, display)
    assert "error" not in seen, seen["error"]
    assert seen["frame"] == [1001], seen["frame's report"]
    assert "/matte/" in seen["shown after frame"]
    assert "/79" in seen["progress"]  # the first is current
    cancelled, finished = seen["cancelled"]
    assert cancelled
    assert 0 < finished < len(FRAMES)
    assert seen["shorter range"] == 0
    assert seen["shown after range"] == seen["shown after frame"]
    assert seen["live"] == [1001]
    assert seen["shown after slider"] != seen["shown after range"]
    assert seen["undone once"] == 0.0
    assert seen["shown after undo"] == seen["shown after range"]


def story(
    program: Blender, package: Path, python: Path, folder: Path, display: str, pictures: str = ""
) -> dict[str, Any]:
    """Install, build a shot, play the story of `inside/window.py`, and say what was seen."""
    variables = {
        "CORRIDORKEY_PYTHON": str(python),
        "DISPLAY": display,
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    install = ("--command", "extension", "install-file", "-r", "user_default", "-e", str(package))
    assert run(program, [*program.start, *install], folder, variables).returncode == 0
    plates = make_shot(folder / "footage", FRAMES)
    file, result = folder / "shot.blend", folder / "result.json"
    build = ("-b", "-P", str(INSIDE / "make_shot_file.py"), "--", str(file))
    plate = f"{plates}/plate/shot.1001.exr"
    made = [*program.start, *build, plate, f"{folder}/out/####", f"end={FRAMES[-1]}"]
    assert run(program, made, folder, variables).returncode == 0
    shown = ("--enable-event-simulate", "--window-geometry", "0", "0", "1280", "800", str(file))
    play = ("-P", str(INSIDE / "window.py"), "--", str(result), pictures)
    done = run(program, [*program.start, *shown, *play], folder, variables)
    assert result.is_file(), done.stdout[-4000:]
    found: dict[str, Any] = json.loads(result.read_text())
    return found
