"""The plugin as a whole: installed, an engine that dies, paths of all kinds, without the plugin."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corridorkey_plugin.session import Session

from building.package import write_zip
from building.package_nuke import nuke_plugin
from tests.hosts_pythons import hosts_pythons
from tests.nuke.seat import FRAMES, NODE, make_nuke_shot, sit_down
from tests.nuke.stand_in.desk import open_nuke
from tests.plugin_session import open_session
from tests.sources import ROOT

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
BARE = """
import sys, types
for name in {blocked!r}:
    sys.modules[name] = None
nuke = types.ModuleType("nuke")
class Anything:
    def __getattr__(self, name): return lambda *args, **kwargs: None
anything = Anything()
for name in ("Node", "Group", "Gizmo", "Root", "Enumeration_Knob", "File_Knob", "Script_Knob"):
    setattr(nuke, name, type(name, (), {{}}))
nuke.GUI, nuke.NUKE_VERSION_STRING = False, "14.0v1"
nuke.__getattr__ = lambda name: getattr(anything, name)
said = []
nuke.warning = said.append
sys.modules["nuke"] = nuke
sys.path.insert(0, {folder!r})
exec(compile(open({init!r}).read(), {init!r}, "exec"), {{"__file__": {init!r}, "nuke": nuke}})
if said:
    print(said[0])
    sys.exit()
from corridorkey_nuke import batch, buttons, callbacks, farm
assert {root!r} not in sys.path
heavy = {{"torch", "numpy", "OpenImageIO"}}
assert not heavy & {{name for name, module in sys.modules.items() if module}}
print("started")
"""
BLOCKED = ("torch", "numpy", "OpenImageIO", "yaml", "av", "fileseq", "platformdirs", "PySide2")


@pytest.fixture(scope="module")
def shared(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One engine for all tests that leave it alone."""
    with open_session(python, tmp_path_factory.mktemp("logs")) as (_host, session):
        yield session


@pytest.fixture
def engine(python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CORRIDORKEY_PYTHON", str(python))
    return python


@pytest.mark.parametrize("python", hosts_pythons())
def test_it_starts_in_a_python_that_has_nothing(tmp_path: Path, python: str) -> None:
    assert started(python, NODE, tmp_path) == "started"


@pytest.mark.parametrize("python", hosts_pythons())
def test_the_packed_folder_is_complete(tmp_path: Path, python: str) -> None:
    name, files = nuke_plugin()
    assert name.startswith("corridorkey_nuke-")
    with zipfile.ZipFile(write_zip(tmp_path / name, files)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "CorridorKey"
    assert started(python, folder, tmp_path) == "started"
    packed = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert {"CorridorKey.gizmo", "icons/CorridorKey.png", "LICENSE", "README.md"} <= packed
    assert not any("worker" in one or "torch" in one for one in packed)


def test_an_incomplete_plugin_says_so_and_lets_nuke_start(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    shutil.copy(NODE / "init.py", tmp_path / "part")
    said = started(sys.executable, tmp_path / "part", tmp_path)
    assert "Corridor Key is not complete" in said
    assert "Install its folder anew" in said


def started(python: str, plugin: Path, place: Path) -> str:
    """What a Nuke of nothing but names says when it starts with the plugin."""
    init = str(plugin / "init.py")
    source = BARE.format(blocked=BLOCKED, folder=str(plugin), init=init, root=str(ROOT))
    (place / "bare.py").write_text(source)
    done = subprocess.run(
        [python, "-I", str(place / "bare.py")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_menu_makes_the_node_with_its_icon_and_help() -> None:
    with open_nuke(gui=True, plugin_path=(NODE,)) as desk:
        item = desk.nuke.menu("Nodes").findItem("Keyer/CorridorKey")
        item.invoke()
        node = desk.nuke.toNode("CorridorKey1")
        assert node.Class() == "CorridorKey"
        assert "Garbage" in str([one.name() for one in node.nodes()])
        assert "docs/nuke.md" in node["help"].value()
    assert (NODE / "icons/CorridorKey.png").is_file()
    with open_nuke(gui=False, plugin_path=(NODE,)):
        pass  # no menus, and no error


@posix
@pytest.mark.usefixtures("engine")
def test_an_engine_that_is_killed_is_started_again_and_the_range_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sit_down(make_nuke_shot(tmp_path), None, monkeypatch) as seat:
        node = seat.node(seat.graded(seat.read()))

        def kill() -> None:
            os.kill(seat.plugin.session._client.process_id, signal.SIGKILL)

        seat.before_render(5, kill)
        seat.key(node)
        assert seat.keyed(node) == FRAMES
        assert "started again" in node["status"].value()
        assert len(seat.desk.session.rendered) == len(FRAMES)  # inputs are rendered once
        assert not seat.desk.session.undo_disabled


def test_no_engine_is_one_message_and_the_next_try_may_go_well(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRIDORKEY_PYTHON", str(tmp_path / "none"))
    with sit_down(make_nuke_shot(tmp_path), None, monkeypatch) as seat:
        node = seat.node(seat.read())
        seat.go_to(1001)
        seat.key(node, "key_frame")
        (told,) = seat.desk.said("message")
        assert "which is not there" in told
        assert "build.py setup" in told
        monkeypatch.setenv("CORRIDORKEY_PYTHON", str(python))
        seat.go_to(1002)
        seat.key(node, "key_frame")
        assert seat.keyed(node) == (1002,)


@pytest.mark.parametrize("is_rendered", [False, True])
def test_paths_with_every_kind_of_letter(
    tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch, is_rendered: bool
) -> None:
    folder = tmp_path / "Ünïcode 影 (v1) & more"
    folder.mkdir()
    with sit_down(make_nuke_shot(folder), shared, monkeypatch) as seat:
        read = seat.read()
        node = seat.node(seat.graded(read) if is_rendered else read)
        node["cache"].setValue("")
        seat.nuke.scriptSaveAs((folder / "cömp.nk").as_posix())
        seat.key(node)
        assert seat.keyed(node) == FRAMES
        assert "/Ünïcode 影 (v1) & more/corridorkey_cache/shot-" in node["key_file"].value()


@pytest.mark.parametrize(
    ("script", "cache"),
    [
        ("C:/shots/010/comp.nk", "C:/shots/010/corridorkey_cache"),
        ("C:\\shots\\010\\comp.nk", "C:/shots/010/corridorkey_cache"),
        ("//server/show/comp.nk", "//server/show/corridorkey_cache"),
        ("\\\\server\\show\\comp.nk", "//server/show/corridorkey_cache"),
    ],
)
def test_windows_paths_as_text(script: str, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_nuke(gui=False, plugin_path=(NODE,)) as desk:
        request = importlib.import_module("corridorkey_nuke.request")
        node = desk.nuke.nodes.CorridorKey()
        monkeypatch.setattr(request, "script_path", lambda: script)
        assert request.cache_of(node) == cache
        node["cache"].setValue("D:/keys")
        assert request.cache_of(node) == "D:/keys"
        shown = importlib.import_module("corridorkey_nuke.shown")
        pattern = shown.Shown((_shot(request, cache),), (None,)).pattern
        assert pattern == f"{cache}/a-1/not_keyed/layered/a-1.%04d.exr"


def _shot(request: Any, cache: str) -> Any:
    asked = request.Request("a-1", (1,), "C:/plates/a.####.exr", cache)
    return request.Shot("main", asked, None, 4)


def test_a_group_shows_what_is_keyed_where_the_plugin_is_absent(
    tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (tmp_path / "comp.nk").as_posix()
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch) as seat:
        node = seat.node(seat.read(), seat.read("hint/shot.####.exr"), clip_black=0.1)
        seat.key(node)
        before = seat.alpha(node, 1002).copy()
        after = seat.nuke.nodes.Premult(inputs=[node])
        seat.desk.press(node, "convert_to_group")
        seat.desk.run_pending()
        group = seat.nuke.toNode("CorridorKey1")
        assert group.Class() == "Group"
        assert after.input(0) is group
        assert [one.Class() for one in (group.input(0), group.input(1))] == ["Read", "Read"]
        seat.nuke.scriptSaveAs(script)
    with open_nuke(gui=False) as desk:
        desk.nuke.scriptOpen(script)
        group = desk.nuke.toNode("CorridorKey1")
        assert np.array_equal(desk.picture(group, 1002).plane("rgba.alpha"), before)
        group["clip_black"].setValue(0.0)
        assert not np.array_equal(desk.picture(group, 1002).plane("rgba.alpha"), before)
        desk.press(group, "key_frame")
        assert "not installed here" in desk.said("message")[0]


def test_a_script_in_another_working_space_shows_the_same_without_the_plugin(
    tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (tmp_path / "comp.nk").as_posix()
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch) as seat:
        seat.nuke.root()["colorManagement"].setValue("OCIO")
        seat.nuke.root()["workingSpaceLUT"].setValue("ACEScg")
        node = seat.node(seat.read(raw=False, colorspace="Linear Rec.709 (sRGB)"))
        seat.key(node)
        before = seat.desk.picture(node, 1002).plane("rgba.red").copy()
        seat.nuke.scriptSaveAs(script)
    (tmp_path / "gizmo").mkdir()
    shutil.copy(NODE / "CorridorKey.gizmo", tmp_path / "gizmo")
    with open_nuke(gui=False, plugin_path=(tmp_path / "gizmo",)) as desk:
        desk.nuke.scriptOpen(script)
        node = desk.nuke.toNode("CorridorKey1")
        assert node["convert"].value()
        assert np.array_equal(desk.picture(node, 1002).plane("rgba.red"), before)


def test_settings_that_are_live_are_the_neutral_ones_of_the_engines_job() -> None:
    from building.nuke_gizmo.panel import LIVE_ONES

    with open_nuke(gui=False, plugin_path=(NODE,)) as desk:
        knobs = importlib.import_module("corridorkey_nuke.knobs")
        assert set(knobs.NEUTRAL) == set(LIVE_ONES)
        node = desk.nuke.nodes.CorridorKey(clip_black=0.3, soften=4.0, despill="average")
        made = knobs.settings_of(node, colour_space="linear")
        assert (made.clip_black, made.soften, made.despill) == (0.0, 0.0, "off")
        assert (made.passes, made.layout, made.output_space) == (
            ("fg", "matte"),
            "layered",
            "linear",
        )


def test_the_engine_gets_the_config_that_nuke_itself_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, shows = tmp_path / "own.ocio", tmp_path / "show.ocio"
    shows.touch()
    with open_nuke(gui=False, plugin_path=(NODE,)) as desk:
        colour = importlib.import_module("corridorkey_nuke.colour")
        root = desk.nuke.root()
        monkeypatch.delenv("OCIO", raising=False)
        assert colour._config(root) == ""
        root["OCIO_config"].setValue("custom")
        root["customOCIOConfigPath"].setValue(own.as_posix())
        assert colour._config(root) == ""  # there is no such file
        own.touch()
        assert colour._config(root) == own.as_posix()
        monkeypatch.setenv("OCIO", str(shows))
        assert colour._config(root) == str(shows)
        monkeypatch.setenv("OCIO", "ocio://default")
        assert colour._config(root) == ""


def test_every_knob_that_the_code_names_is_on_the_node() -> None:
    named = set[str]()
    for path in sorted((NODE / "corridorkey_nuke").glob("*.py")):
        named |= set(_literal_knobs(path))
    with open_nuke(gui=False, plugin_path=(NODE,)) as desk:
        known = set(desk.nuke.nodes.CorridorKey().knobs())
    assert named <= known
    assert len(named) > 15


def _literal_knobs(path: Path) -> list[str]:
    import ast

    found = []
    readers = ("text", "path_text", "number", "is_on", "put")
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in readers:
            name = call.args[1] if len(call.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.append(name.value)
    return found


@pytest.mark.usefixtures("engine")
def test_an_artist_who_closes_nuke_leaves_no_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sit_down(make_nuke_shot(tmp_path), None, monkeypatch) as seat:
        node = seat.node(seat.read())
        seat.key(node, "key_range")
        client = seat.plugin.session._client
        assert client.alive
        seat.plugin.close()
        assert not client.alive


def test_another_script_ends_what_is_being_keyed(
    tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch) as seat:
        node = seat.node(seat.graded(seat.read()))
        seat.desk.press(node, "key_range")
        seat.desk.let_run(lambda: len(seat.desk.session.rendered) >= 2)
        seat.nuke.scriptClear()
        seat.wait()
        assert len(seat.desk.session.rendered) < len(FRAMES)
        assert seat.plugin.orders == ()
        seat.desk.forgive("not attached")
