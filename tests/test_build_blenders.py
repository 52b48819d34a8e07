"""Blenders for the tests: found where they are whole, and missed in words where they cannot be."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from building import blenders, commands
from building.blenders import (
    EVERY,
    QUICK,
    WHOLE,
    all_names,
    blenders_folder,
    blenders_to_test,
    found_blenders,
    make_blenders,
)
from building.console import Console
from building.errors import SetupError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one wheel, half a program, and a wheel that no quick run takes."""
    monkeypatch.setenv(blenders.FOLDER, str(tmp_path))
    monkeypatch.delenv(EVERY, raising=False)
    for name, whole in (("bpy-5.2", True), ("bpy-4.2", True), ("debian-4.3", False)):
        (tmp_path / name).mkdir()
        if whole:
            (tmp_path / name / WHOLE).touch()
    return tmp_path


def test_only_whole_ones_are_found(cache: Path) -> None:
    assert [one.name for one in found_blenders()] == ["bpy-4.2", "bpy-5.2"]
    (cache / "debian-4.3" / WHOLE).touch()
    assert [one.name for one in found_blenders()] == ["bpy-4.2", "bpy-5.2", "debian-4.3"]


def test_a_quick_run_takes_one_of_each_kind_and_a_whole_one_all(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "debian-4.3" / WHOLE).touch()
    assert {one.name for one in blenders_to_test()} == set(QUICK)
    assert {one.is_program for one in blenders_to_test()} == {True, False}
    monkeypatch.setenv(EVERY, "1")
    assert len(blenders_to_test()) == 3
    assert {"bpy-4.2", "bpy-4.5", "bpy-5.0", "bpy-5.2", "debian-4.3"} <= set(all_names())


def test_a_program_runs_a_script_without_a_window_and_a_wheel_is_its_python(cache: Path) -> None:
    (cache / "debian-4.3" / WHOLE).touch()
    wheel, _other, program = found_blenders()
    script = Path("/s.py")
    assert wheel.script(script, "a") == [str(cache / "bpy-4.2/bin/python"), "/s.py", "a"]
    command = program.script(script, "a")
    assert command[-4:] == ["-P", "/s.py", "--", "a"]
    assert "-b" in command


def test_what_is_there_is_not_made_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(blenders, "_make_wheel", refuse)
    make_blenders(("bpy-5.2",), Console(io.StringIO()))
    assert (cache / "bpy-5.2" / WHOLE).is_file()


@pytest.mark.usefixtures("cache")
def test_what_cannot_be_made_is_told_and_the_tests_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: object) -> None:
        raise SetupError("there is no network")

    monkeypatch.setattr(blenders, "_make_program", fail)
    said = io.StringIO()
    missing = commands._make_what_can_be(QUICK, Console(said))
    assert missing == {"debian-4.3"}
    assert "debian-4.3 is not tested with: there is no network" in said.getvalue()


def test_a_python_that_is_not_there_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blenders, "WHEELS", (("bpy-0.1", "0.1", "2.99"),))
    with pytest.raises(SetupError, match=r"no Python 2\.99"):
        make_blenders(("bpy-0.1",), Console(io.StringIO()))
    assert not (cache / "bpy-0.1" / WHOLE).exists()


def test_they_lie_in_the_users_cache_unless_told_otherwise() -> None:
    assert blenders_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/corridorkey/blenders")
    assert blenders_folder({blenders.FOLDER: "/b"}) == Path("/b")
    assert blenders_folder({}) == Path.home() / ".cache/corridorkey/blenders"
