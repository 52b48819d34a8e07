"""The word that setup leaves, so that a plugin far from the engine finds it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from corridorkey_plugin import launch
from corridorkey_plugin.launch import find_engine_python
from corridorkey_plugin.pointer import Pointer, leave_pointer, pointer_file, read_pointer

from corridorkey_core.errors import EngineError


def test_a_plugin_far_from_the_engine_follows_the_word_that_setup_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "HERE", tmp_path / "host/plugin/corridorkey_plugin")
    environment = words_left_in(tmp_path, monkeypatch)
    python = python_in(tmp_path / "elsewhere/.venv")
    leave_pointer(Pointer(str(python), "/repository"), environment)
    assert read_pointer(environment) == Pointer(str(python), "/repository")
    assert find_engine_python("", environment) == str(python)
    own = python_in(tmp_path / "host/.venv")
    assert find_engine_python("", environment) == str(own)


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"python": 3}', '{"python": ""}', "\0\xff"])
def test_a_word_that_cannot_be_read_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    environment = words_left_in(tmp_path, monkeypatch)
    path = pointer_file(environment)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert read_pointer(environment) is None


def test_a_word_of_an_environment_that_is_gone_is_among_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "HERE", tmp_path / "host/plugin/corridorkey_plugin")
    environment = words_left_in(tmp_path, monkeypatch)
    leave_pointer(Pointer("/gone/bin/python"), environment)
    with pytest.raises(EngineError, match=re.escape(str(Path("/gone/bin/python")))):
        find_engine_python("", environment)


def test_the_engine_itself_leaves_the_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: Path
) -> None:
    environment = words_left_in(tmp_path, monkeypatch)
    command = [str(python), "-I", "-m", "corridorkey_plugin.pointer", "/repository"]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(pointer_file(environment))
    assert read_pointer(environment) == Pointer(str(python), "/repository")
    blocked = {**os.environ, **dict.fromkeys(environment, str(python))}
    refused = subprocess.run(command, env=blocked, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def words_left_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment whose user's folders are in `folder`."""
    monkeypatch.setenv("HOME", str(folder))
    return {"XDG_CONFIG_HOME": str(folder / "config"), "APPDATA": str(folder / "config")}


def python_in(environment: Path) -> Path:
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    return python
