"""What a render of the comp does where frames are not keyed, and keying without an interface."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from corridorkey_plugin.session import Session

from corridorkey_core.job_file import read_jobs
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from tests.nuke.seat import FRAMES, NODE, Seat, make_nuke_shot, sit_down
from tests.nuke.stand_in.desk import make_executable, open_nuke
from tests.picture_files import write
from tests.small_shot import plate_of

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-in's command is a shell script")


@pytest.fixture
def seat(tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """A `nuke -t`."""
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch, gui=False) as seat:
        monkeypatch.setattr(seat.plugin, "close", lambda: None)
        yield seat


def render(seat: Seat, node: Any, first: int = 1001, last: int = 1003) -> list[int]:
    """Render the comp and return the frames that are on disk."""
    out = seat.folder / "out"
    out.mkdir(exist_ok=True)
    file = f"{out.as_posix()}/comp.%04d.exr"
    comp = seat.nuke.nodes.Write(inputs=[node], file=file, file_type="exr", channels="rgba")
    try:
        seat.nuke.execute(comp, first, last)
    finally:
        seat.nuke.delete(comp)
    return sorted(int(path.name.split(".")[1]) for path in out.iterdir())


def batch(*words: str) -> int:
    module = importlib.import_module("corridorkey_nuke.batch")
    status: int = module.main(words)
    return status


def saved(seat: Seat) -> str:
    path = (seat.folder / "comp.nk").as_posix()
    seat.nuke.scriptSaveAs(path, 1)
    return path


def test_a_render_of_what_is_not_keyed_stops_with_one_error_that_says_what_to_do(
    seat: Seat,
) -> None:
    node = seat.node(seat.graded(seat.read()))
    with pytest.raises(RuntimeError, match="frame 1001 is not keyed") as told:
        render(seat, node)
    for words in ("CorridorKey1", "6 of 6 frames", "Key Range", "key_shot.py", "Before a render"):
        assert words in str(told.value)


def test_a_render_of_what_is_keyed_goes_through_and_a_stale_frame_stops_it(seat: Seat) -> None:
    node = seat.node(seat.read(), screen="green", screen_sampling="frame")
    seat.plugin.key_now(node, lambda shot: shot.frames)
    assert render(seat, node) == [1001, 1002, 1003]
    write(seat.folder / "plate/shot.1003.exr", plate_of(3))
    with pytest.raises(RuntimeError, match="frame 1003 is not keyed"):
        render(seat, node)


def test_a_render_may_go_on_without_the_key(seat: Seat) -> None:
    node = seat.node(seat.read(), before_render="go on", missing_frames="black")
    assert render(seat, node) == [1001, 1002, 1003]


def test_a_disabled_node_stops_nothing(seat: Seat) -> None:
    node = seat.node(seat.read())
    node["disable"].setValue(True)
    assert render(seat, node) == [1001, 1002, 1003]


def test_a_render_keys_first_what_comes_from_files(seat: Seat) -> None:
    node = seat.node(seat.read(), before_render="key")
    assert render(seat, node) == [1001, 1002, 1003]
    assert seat.keyed(node) == (1001, 1002, 1003)


def test_a_retime_behind_the_node_wants_all_of_it(seat: Seat) -> None:
    node = seat.node(seat.read())
    seat.plugin.key_now(node, lambda _shot: [1001, 1002, 1003])
    later = seat.nuke.nodes.TimeOffset(inputs=[node], time_offset=2)
    with pytest.raises(RuntimeError, match="frame 1004 is not keyed"):
        render(seat, later)


@pytest.fixture
def program(tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nuke as a command, beside a shot, that finds the engine by the environment."""
    monkeypatch.setenv("CORRIDORKEY_PYTHON", str(python))
    make_nuke_shot(tmp_path)
    return make_executable(tmp_path, (NODE,))


@posix
def test_a_render_has_another_nuke_key_first_what_must_be_rendered(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sit_down(tmp_path, None, monkeypatch, gui=False) as seat:
        node = seat.node(seat.graded(seat.read()), before_render="key")
        (tmp_path / "out").mkdir()
        seat.nuke.nodes.Write(
            inputs=[node], file=f"{tmp_path.as_posix()}/out/c.%04d.exr", file_type="exr"
        )
        script = saved(seat)
    done = nuke(program, "-x", script, "-F", "1001-1002")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert len(list((tmp_path / "cache").rglob("layered/*.exr"))) == len(FRAMES)


def nuke(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [str(program), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


@posix
def test_the_batch_as_a_command(
    tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sit_down(tmp_path, None, monkeypatch, gui=False) as seat:
        seat.node(seat.graded(seat.read()))
        script = saved(seat)
    asked = ("-t", str(NODE / "key_shot.py"), script, "--frames=1001-1002", "--save")
    done = nuke(program, *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CorridorKey1: 2 keyed, 0 current, 0 failed" in done.stdout
    with open_nuke(gui=False, plugin_path=(gizmo_alone(tmp_path),)) as desk:
        desk.nuke.scriptOpen(script)
        assert desk.picture(desk.nuke.toNode("CorridorKey1"), 1002).plane("rgba.alpha").any()


def gizmo_alone(folder: Path) -> Path:
    """A folder with the gizmo and none of our code."""
    alone = folder / "gizmo"
    alone.mkdir()
    shutil.copy(NODE / "CorridorKey.gizmo", alone)
    return alone


def test_exit_statuses(seat: Seat, capsys: pytest.CaptureFixture[str]) -> None:
    (seat.folder / "plate/shot.1004.exr").unlink()
    seat.node(seat.graded(seat.read()))
    alone = seat.node(None)
    alone.setInput(0, None)
    alone.setName("Unconnected")
    script = saved(seat)
    assert batch(script, "--node=CorridorKey1", "--frames=1001-1002") == 0
    assert batch(script, "--node=CorridorKey1") == 1
    assert batch(script, "--node=Unconnected") == 2
    assert "has no plate" in capsys.readouterr().out
    assert batch(script, "--node=Nobody") == 2
    assert "the script has CorridorKey1, Unconnected" in capsys.readouterr().out
    assert batch(script, "--node=CorridorKey1", "--frames=some") == 2
    assert batch((seat.folder / "none.nk").as_posix()) == 2
    with pytest.raises(SystemExit):
        batch("--nonsense")


def test_a_missing_engine_is_one_message_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORRIDORKEY_PYTHON", str(tmp_path / "no such python"))
    make_nuke_shot(tmp_path)
    with sit_down(tmp_path, None, monkeypatch, gui=False) as seat:
        seat.node(seat.read())
        assert batch(saved(seat)) == 2
    said = capsys.readouterr().out
    assert said.count("which is not there") == 1
    assert "build.py setup" in said


@pytest.mark.parametrize("is_rendered", [False, True])
def test_a_farm_keys_what_was_staged_and_the_node_finds_it(
    seat: Seat, capsys: pytest.CaptureFixture[str], is_rendered: bool
) -> None:
    read = seat.read()
    node = seat.node(seat.graded(read) if is_rendered else read)
    script = saved(seat)
    for chunk in ("1001-1003", "1004-1006"):
        assert batch(script, f"--frames={chunk}", "--stage") == 0
    told = [line for line in capsys.readouterr().out.splitlines() if "corridorkey run" in line]
    assert len(set(told)) == 1
    (job,) = read_jobs(Path(told[0].split("corridorkey run ")[1]))
    assert run(plan_job(job)).failed == ()
    node = seat.nuke.toNode("CorridorKey1")
    seat.plugin.look_again(node, 1001)
    assert seat.keyed(node) == FRAMES
    assert render(seat, node, 1001, 1006) == list(FRAMES)
    assert batch(script) == 0  # nothing is left to do, and no engine is asked
    assert "0 keyed, 6 current" in capsys.readouterr().out
    again = seat.nuke.toNode("CorridorKey1")
    Path(again["key_file"].value() % 1003).unlink()
    seat.plugin.key_now(again, lambda _shot: [1003])
    assert seat.keyed(again) == FRAMES  # the one that was keyed here, and those of the farm
    assert render(seat, again, 1001, 1006) == list(FRAMES)
    groups = seat.folder / "farm.nk"
    assert batch(script, f"--groups={groups}") == 0
    assert "CorridorKey {" not in groups.read_text()
    assert render(seat, seat.nuke.toNode("CorridorKey1"), 1001, 1002) == list(FRAMES)
    seat.nuke.scriptOpen(script)
    os.utime(seat.folder / "plate/shot.1004.exr")
    with pytest.raises(RuntimeError, match="is not keyed"):
        render(seat, seat.nuke.toNode("CorridorKey1"), 1004, 1004)
