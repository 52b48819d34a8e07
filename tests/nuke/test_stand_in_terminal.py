"""The stand-in as a command: `nuke -t` and `nuke -x`, in a process of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.nuke.small_pictures import red, write
from tests.nuke.stand_in.desk import Desk, make_executable
from tests.nuke.stand_in.pixels.files import load

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell script")


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "plugin"
    folder.mkdir()
    (folder / "init.py").write_text("import sys\nprint('init', nuke.GUI, flush=True)\n")
    (folder / "menu.py").write_text("raise SystemError('there are no menus')\n")
    return folder


def nuke(folder: Path, *arguments: str, plugins: tuple[Path, ...] = ()) -> tuple[int, str, str]:
    program = make_executable(folder, plugins)
    done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def python(folder: Path, text: str) -> str:
    (folder / "script.py").write_text(text)
    return str(folder / "script.py")


def test_plugins_are_started_without_menus_and_the_script_gets_its_arguments(
    tmp_path: Path, plugin: Path
) -> None:
    script = python(
        tmp_path,
        "import sys\nimport nuke\n"
        "print(sys.argv[1:], __name__, nuke.rawArgs[0] == nuke.env['ExecutablePath'])\n",
    )
    status, said, _ = nuke(tmp_path, "-t", script, "a b", "--frames=1-9", plugins=(plugin,))
    assert status == 0
    assert said.splitlines() == ["init False", "['a b', '--frames=1-9'] __main__ True"]


@pytest.mark.parametrize("last", ["7", "1-9", "1-9x2"])
def test_a_number_at_the_end_is_not_the_scripts(tmp_path: Path, last: str) -> None:
    script = python(tmp_path, "import sys\nprint(sys.argv[1:])\n")
    assert nuke(tmp_path, "-t", script, "a", last)[1] == "['a']\n"


@pytest.mark.parametrize(
    ("ending", "status", "part"),
    [
        ("sys.exit(3)", 3, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('why')", 1, "why"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("nuke.createNode('Nope')", 1, "Unknown command"),
        ("nuke.menu('Nodes')", 1, "Not in GUI mode"),
    ],
)
def test_a_scripts_end_is_the_commands_status(
    tmp_path: Path, ending: str, status: int, part: str
) -> None:
    script = python(tmp_path, f"import sys\nimport nuke\n{ending}\n")
    found, _, complaint = nuke(tmp_path, "-t", script)
    assert found == status
    assert part in complaint


def test_a_swallowed_fault_fails_the_command(tmp_path: Path) -> None:
    text = "import nuke\ntry:\n    nuke.createNode('Nope')\nexcept RuntimeError:\n    pass\n"
    status, _, complaint = nuke(tmp_path, "-t", python(tmp_path, text))
    assert status == 1
    assert "laws of Nuke were broken" in complaint


@pytest.fixture
def comp(nuke_gui: Desk, tmp_path: Path) -> Path:
    """A script with a Write in the root, one in a group, and one that is disabled."""
    nuke = nuke_gui.nuke
    nuke.root()["first_frame"].setValue(1)
    nuke.root()["last_frame"].setValue(2)
    plate = write(tmp_path / "plate.exr", {"R": np.full((6, 8), 0.5)})
    read = nuke.nodes.Read(file=plate, raw=True)
    with nuke.nodes.Group() as group:
        inner = nuke.nodes.Input()
        written = nuke.nodes.Write(inputs=[inner], file=f"{tmp_path}/inner.%04d.exr")
        nuke.nodes.Output(inputs=[written])
    group.setInput(0, read)
    for name, off in (("outer", False), ("off", True)):
        nuke.nodes.Write(inputs=[read], file=f"{tmp_path}/{name}.%04d.exr", disable=off)
    nuke.scriptSaveAs(str(tmp_path / "comp.nk"))
    return tmp_path / "comp.nk"


def rendered(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("*.*.exr"))


def test_a_comp_renders_all_writes_that_are_on(comp: Path, tmp_path: Path) -> None:
    status, said, _ = nuke(tmp_path, "-x", str(comp))
    assert status == 0
    assert said.count("Writing") == 4
    assert rendered(tmp_path) == [
        *(f"inner.000{frame}.exr" for frame in (1, 2)),
        *(f"outer.000{frame}.exr" for frame in (1, 2)),
    ]


def test_a_comp_renders_what_it_is_told_to(comp: Path, nuke_gui: Desk, tmp_path: Path) -> None:
    assert nuke(tmp_path, "-x", str(comp), "-X", "Group1.Write1", "-F", "3,5")[0] == 0
    assert rendered(tmp_path) == ["inner.0003.exr", "inner.0005.exr"]
    picture = load(str(tmp_path / "inner.0003.exr"))
    assert set(np.unique(red(picture))) == {0.5}
    assert nuke_gui.session.rendered == []


def test_a_comp_that_fails_says_so(comp: Path, tmp_path: Path) -> None:
    (tmp_path / "plate.exr").unlink()
    status, _, complaint = nuke(tmp_path, "-x", str(comp))
    assert status == 1
    assert "No such file" in complaint
