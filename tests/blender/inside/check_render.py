"""No render in the background shows a frame that is not keyed, or not current."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from conftest import part
from scenes import rendered

MIDDLE = 4 * (32 * 96 + 50)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the guard stops with; a wheel has no process of its own to end."""
    stopped: list[str] = []
    monkeypatch.setattr(part("render_guard"), "_stop", stopped.append)
    return stopped


def test_a_frame_that_is_not_keyed_is_keyed_first(
    keyed: Any, guard: list[str], tmp_path: Path
) -> None:
    shown = rendered(keyed.scene, 1002, tmp_path)
    assert guard == []
    assert shown[MIDDLE + 3] == 1.0
    assert shown[MIDDLE] > 0.3
    assert shown[3] == 0.0
    assert part("running").running.last.outcome.finished == (1002,)


def test_a_frame_whose_plate_changed_is_keyed_again(
    keyed: Any, guard: list[str], shot: Path, tmp_path: Path
) -> None:
    keyed.shot.settings.screen_sampling = "frame"
    before = rendered(keyed.scene, 1001, tmp_path)
    (shot / "plate/shot.1006.exr").replace(shot / "plate/shot.1001.exr")
    assert rendered(keyed.scene, 1001, tmp_path) != before
    assert guard == []


def test_settings_that_changed_are_followed(keyed: Any, guard: list[str], tmp_path: Path) -> None:
    before = rendered(keyed.scene, 1001, tmp_path)
    keyed.shot.settings.shrink_grow = 5.0
    grown = rendered(keyed.scene, 1001, tmp_path)
    assert sum(grown[3::4]) > sum(before[3::4])
    keyed.shot.settings.shrink_grow = 0.0
    assert rendered(keyed.scene, 1001, tmp_path) == before
    assert guard == []


def test_an_animation_is_keyed_as_it_goes(keyed: Any, guard: list[str], tmp_path: Path) -> None:
    rendered(keyed.scene, 1001, tmp_path)
    keyed.scene.render.filepath = str(tmp_path / "anim.####")
    bpy.ops.render.render(animation=True)
    assert len(list(tmp_path.glob("anim.*.exr"))) == 4
    assert guard == []
    folder = Path(bpy.path.abspath(keyed.shot.cache)) / keyed.shot.uid
    assert len(list(folder.glob("*/matte/*.exr"))) == 4


def test_it_stops_where_it_may_not_key(keyed: Any, guard: list[str], tmp_path: Path) -> None:
    keyed.shot.when_rendering = "STOP"
    rendered(keyed.scene, 1001, tmp_path)
    (said,) = guard
    assert "Frame 1001 is not rendered" in said
    assert "blender --command corridorkey" in said
    bpy.ops.corridorkey.key_range()
    rendered(keyed.scene, 1001, tmp_path)
    assert len(guard) == 1


def test_it_looks_away_where_it_is_told_to(keyed: Any, guard: list[str], tmp_path: Path) -> None:
    keyed.shot.when_rendering = "IGNORE"
    rendered(keyed.scene, 1001, tmp_path)
    assert guard == []


def test_a_hint_that_blender_renders_is_not_rendered_within_a_render(
    keyed: Any, guard: list[str], tmp_path: Path
) -> None:
    keying = keyed.tree.nodes.new("CompositorNodeKeying")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, keying.inputs["Image"])
    bpy.ops.corridorkey.link(input="HINT", socket=f"{keying.name}\tMatte")
    rendered(keyed.scene, 1001, tmp_path)
    (said,) = guard
    assert "which it cannot while it renders" in said
    bpy.ops.corridorkey.key_range()
    rendered(keyed.scene, 1001, tmp_path)
    assert len(guard) == 1


def test_an_engine_that_is_not_there_stops_the_render(
    keyed: Any, guard: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part("running").running.close()
    monkeypatch.setenv("CORRIDORKEY_PYTHON", "/no/such/python")
    rendered(keyed.scene, 1001, tmp_path)
    assert "/no/such/python" in guard[0]


def test_a_missing_plate_frame_stops_the_render(
    keyed: Any, guard: list[str], shot: Path, tmp_path: Path
) -> None:
    (shot / "plate/shot.1003.exr").unlink()
    rendered(keyed.scene, 1003, tmp_path)
    assert "1003" in guard[0]
