"""The preferences page: one line on the engine, and a button that mends what can be mended."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import pytest
from check_registration import Recorder
from conftest import MODULE, part

PATIENCE = 120.0


@pytest.fixture
def running(add_on: ModuleType) -> Any:  # noqa: ARG001 - it must be there
    """The engine of this Blender, not looked at yet."""
    found = part("running").running
    found.close()
    found.trouble = ""
    return found


def turn_until_idle(running: Any) -> None:
    end = time.monotonic() + PATIENCE
    while running.is_busy:
        assert time.monotonic() < end
        running._turn()
        time.sleep(0.01)


def page() -> Any:
    """The add-on's preferences."""
    return bpy.context.preferences.addons[MODULE].preferences


def readiness() -> Any:
    return part("readiness").readiness()


def test_an_engine_that_is_ready_is_told_in_one_line(running: Any) -> None:
    assert readiness().remedy == ("corridorkey.check_engine", "Check")
    assert "not looked at" in readiness().line
    assert bpy.ops.corridorkey.check_engine() == {"FINISHED"}
    assert "Looking" in readiness().line
    assert not bpy.ops.corridorkey.check_engine.poll()
    turn_until_idle(running)
    found = readiness()
    assert found.line.startswith(f"Ready: engine {running.welcome.engine} keys on cpu with ")
    assert "chroma" in found.line
    assert "auto" not in found.line
    assert "corridorkey" not in found.line  # it has no weights to key with
    assert "no CorridorKey weights" in found.line
    assert found.remedy[0] == "corridorkey.add_weights"


def test_an_engine_that_is_not_there_is_told_with_what_to_do(
    running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDORKEY_PYTHON", "/no/such/python")
    bpy.ops.corridorkey.check_engine()
    turn_until_idle(running)
    found = readiness()
    assert found.icon == "ERROR"
    assert "/no/such/python" in found.line
    layout = Recorder()
    part("readiness").draw(layout)
    assert layout.labels[0] == found.line
    assert "corridorkey.check_engine" in layout.operators


def test_the_preferences_name_another_engine(running: Any) -> None:
    page().engine_python = "/no/such/engine"
    try:
        bpy.ops.corridorkey.check_engine()
        turn_until_idle(running)
        assert "the setting names" in running.trouble
        assert "engine" in running.trouble
    finally:
        page().engine_python = ""
    bpy.ops.corridorkey.check_engine()
    turn_until_idle(running)
    assert running.welcome


def test_the_page_draws(running: Any) -> None:  # noqa: ARG001
    layout = Recorder()
    part("readiness").draw(layout)
    assert layout.operators[-1] == "corridorkey.check_engine"
    assert set(part("preferences").ANNOTATIONS) <= set(page().bl_rna.properties.keys())


def test_the_button_sets_the_engine_up_where_setup_left_word(
    running: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert part("repair").set_up_command() == ()
    with pytest.raises(RuntimeError, match="Where to set it up from is not known"):
        bpy.ops.corridorkey.set_up_engine()
    repository = tmp_path / "repository"
    repository.mkdir()
    said = tmp_path / "said"
    (repository / "build.py").write_text(
        f"import sys; open({str(said)!r}, 'w').write(' '.join(sys.argv[1:])); print('done so')"
    )
    left(repository, tmp_path, monkeypatch, sys_python())
    running.trouble = "The engine's Python was not found."
    assert readiness().remedy == ("corridorkey.set_up_engine", "Set Up Engine")
    assert bpy.ops.corridorkey.set_up_engine() == {"FINISHED"}
    assert "Working" in readiness().line
    turn_until_idle(running)
    assert said.read_text() == "setup"
    assert running.welcome


def test_what_the_setup_said_is_told_where_it_fails(
    running: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "build.py").write_text("import sys; sys.exit('the disk is full')")
    left(repository, tmp_path, monkeypatch, sys_python())
    bpy.ops.corridorkey.set_up_engine()
    turn_until_idle(running)
    assert "exit status 1" in running.trouble
    assert "the disk is full" in running.trouble


def test_weights_that_are_none_are_refused_by_the_engine(running: Any, tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(b"no checkpoint")
    assert bpy.ops.corridorkey.add_weights(filepath=str(file)) == {"FINISHED"}
    turn_until_idle(running)
    assert "weights.pth" in running.trouble
    assert "Traceback" not in running.trouble


def test_weights_need_an_engine(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("CORRIDORKEY_PYTHON", "/no/such/python")
    with pytest.raises(RuntimeError, match="/no/such/python"):
        bpy.ops.corridorkey.add_weights(filepath="x.pth")


def left(repository: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, python: str) -> None:
    """Leave the word that setup leaves."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    place = folder / "config/corridorkey/engine.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"python": python, "repository": str(repository)}))


def sys_python() -> str:
    """A Python that runs outside this Blender: the engine's."""
    return os.environ["CK_ENGINE"] if Path(os.environ["CK_ENGINE"]).is_file() else sys.executable
