"""A real Blender program: the package installed by its own command, a farm's commands, exits."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from building.blenders import Blender
from tests.blender.blender_runs import INSIDE, run
from tests.blender.pictures import over_background, read
from tests.small_shot import make_shot

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Farm:
    """A Blender with the add-on installed as a person does it, and a folder to work in."""

    blender: Blender
    folder: Path
    variables: Mapping[str, str]

    def blender_with(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [*self.blender.start, *words]
        return run(self.blender, command, self.folder, {**self.variables, **variables})

    def shot_file(self, name: str = "shot.blend", **choices: str) -> Path:
        """A .blend that nothing is keyed for yet."""
        plates = make_shot(self.folder / "footage", range(1001, 1005))
        file = self.folder / name
        output = f"{self.folder}/out/picture.####"
        pairs = [f"{key}={value}" for key, value in choices.items()]
        script = ("-b", "-P", str(INSIDE / "make_shot_file.py"), "--", str(file))
        made = self.blender_with(*script, f"{plates}/plate/shot.1001.exr", output, *pairs)
        assert file.is_file(), made.stdout
        return file

    @property
    def pictures(self) -> list[str]:
        """The names of what was rendered."""
        return sorted(path.name for path in (self.folder / "out").glob("*.exr"))


@pytest.fixture
def farm(program: Blender, package: Path, python: Path, tmp_path: Path) -> Farm:
    found = Farm(program, tmp_path, {"CORRIDORKEY_PYTHON": str(python)})
    install = ("--command", "extension", "install-file", "-r", "user_default", "-e", str(package))
    done = found.blender_with(*install)
    assert done.returncode == 0, done.stdout
    listed = found.blender_with("--command", "extension", "list")
    assert "corridorkey" in listed.stdout, done.stdout + listed.stdout
    return found


def test_the_command_keys_a_file_and_a_render_shows_it(farm: Farm) -> None:
    file = farm.shot_file()
    helped = farm.blender_with("--command", "corridorkey", "--help")
    assert helped.returncode == 0, helped.stdout
    assert "Exit status" in helped.stdout
    done = farm.blender_with("--command", "corridorkey", str(file), "--save")
    assert done.returncode == 0, done.stdout
    assert "frames 1001 to 1003" in done.stdout
    assert "3 frames keyed." in done.stdout
    again = farm.blender_with("--command", "corridorkey", str(file), "--start", "1002")
    assert again.returncode == 0, again.stdout
    assert "2 current already" in again.stdout

    # A farm without the add-on shows the same.
    render = ("-b", "--factory-startup", str(file), "-a")
    done = farm.blender_with(*render, CORRIDORKEY_PYTHON="/nowhere")
    assert done.returncode == 0, done.stdout
    assert farm.pictures == [f"picture.{number}.exr" for number in (1001, 1002, 1003)]
    for number in (1001, 1003):
        composite, expected = over_background(farm.folder, number)
        assert abs(composite - expected).max() <= 1e-3


def test_wrong_commands_are_told_with_their_status(farm: Farm, tmp_path: Path) -> None:
    missing = farm.blender_with("--command", "corridorkey", str(tmp_path / "none.blend"))
    assert missing.returncode == 2, missing.stdout
    assert "Traceback" not in missing.stdout
    file = farm.shot_file()
    other = farm.blender_with("--command", "corridorkey", str(file), "--node", "Other")
    assert other.returncode == 2, other.stdout
    assert "no Corridor Key node of that scene or name" in other.stdout
    lost = farm.blender_with("--command", "corridorkey", str(file), CORRIDORKEY_PYTHON="/nowhere")
    assert lost.returncode == 2, lost.stdout
    assert "/nowhere" in lost.stdout
    (farm.folder / "footage/plate/shot.1002.exr").unlink()
    failed = farm.blender_with("--command", "corridorkey", str(file))
    assert failed.returncode == 1, failed.stdout
    assert "Frame 1002 failed" in failed.stdout


def test_a_render_keys_what_is_missing_first(farm: Farm) -> None:
    file = farm.shot_file()
    done = farm.blender_with("-b", str(file), "-a")
    assert done.returncode == 0, done.stdout
    assert len(farm.pictures) == 3
    composite, expected = over_background(farm.folder, 1002)
    assert abs(composite - expected).max() <= 1e-3


def test_a_render_stops_at_a_frame_that_it_may_not_key(farm: Farm) -> None:
    file = farm.shot_file(when="STOP")
    assert farm.blender_with("--command", "corridorkey", str(file), "--end", "1002").returncode == 0
    done = farm.blender_with("-b", str(file), "-a")
    assert done.returncode == 2, done.stdout
    assert "Frame 1003 is not rendered" in done.stdout
    assert "blender --command corridorkey" in done.stdout
    assert farm.pictures == ["picture.1001.exr", "picture.1002.exr"]
    one = farm.blender_with("-b", str(file), "-f", "1002")
    assert one.returncode == 0, one.stdout


def test_a_hint_of_the_tree_is_keyed_by_the_command_and_guarded_in_a_render(farm: Farm) -> None:
    file = farm.shot_file(hint="tree")
    refused = farm.blender_with("-b", str(file), "-f", "1001")
    assert refused.returncode == 2, refused.stdout
    assert "which it cannot while it renders" in refused.stdout
    assert farm.blender_with("--command", "corridorkey", str(file)).returncode == 0
    done = farm.blender_with("-b", str(file), "-a")
    assert done.returncode == 0, done.stdout
    assert len(farm.pictures) == 3


def test_an_expression_keys_and_fails_with_a_status(farm: Farm) -> None:
    file = farm.shot_file()
    expression = ("--python-exit-code", "7", "--python-expr")
    key = "import bpy; bpy.ops.corridorkey.key_range()"
    done = farm.blender_with("-b", str(file), *expression, key)
    assert done.returncode == 0, done.stdout
    assert len(read(farm.folder, 1001)[0]) > 0
    failed = farm.blender_with("-b", str(file), *expression, key, CORRIDORKEY_PYTHON="/nowhere")
    if "current already" not in failed.stdout:
        assert failed.returncode == 7, failed.stdout
