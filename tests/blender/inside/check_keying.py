"""Key Frame and Key Range within Blender, by the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from conftest import part
from scenes import names, pixels_of, rendered, wiring


def results(place: Any, name: str) -> list[Path]:
    """The finished files of a pass that the group shows."""
    shown = part("node_group").shown_file(place.group, 1001)
    return sorted((shown.parent.parent / name).glob("*.exr"))


def test_key_frame_keys_the_current_frame_and_the_group_shows_it(
    keyed: Any, tmp_path: Path
) -> None:
    keyed.scene.frame_set(1003)
    assert bpy.ops.corridorkey.key_frame() == {"FINISHED"}
    (matte,) = results(keyed, "matte")
    (foreground,) = results(keyed, "fg")
    assert matte.name.endswith(".1003.exr")
    alpha, colour = pixels_of(matte, data=True), pixels_of(foreground)
    assert {round(alpha[0]), round(alpha[4 * (32 * 96 + 50)])} == {0, 1}
    shown = rendered(keyed.scene, 1003, tmp_path)
    for at in range(0, len(shown), 4):
        a = alpha[at]
        for channel in range(3):
            assert abs(shown[at + channel] - colour[at + channel] * a) <= 1e-6
        assert abs(shown[at + 3] - a) <= 1e-6


def test_key_range_keys_what_is_missing_or_stale_and_nothing_else(keyed: Any) -> None:
    assert bpy.ops.corridorkey.key_range() == {"FINISHED"}
    running = part("running").running
    assert running.last.outcome.finished == (1001, 1002, 1003, 1004)
    assert bpy.ops.corridorkey.key_range() == {"FINISHED"}
    assert running.last.outcome.current == (1001, 1002, 1003, 1004)
    before = [path.stat().st_mtime_ns for path in results(keyed, "fg")]
    keyed.shot.settings.despill_strength = 0.5
    assert bpy.ops.corridorkey.key_range(start=1002, end=1003) == {"FINISHED"}
    assert running.last.outcome.finished == (1002, 1003)
    keyed.shot.settings.despill_strength = 1.0
    assert bpy.ops.corridorkey.key_range() == {"FINISHED"}
    assert running.last.outcome.current == (1001, 1002, 1003, 1004)
    assert [path.stat().st_mtime_ns for path in results(keyed, "fg")] == before


def test_pressing_again_updates_the_same_group_and_leaves_the_tree_alone(keyed: Any) -> None:
    bpy.ops.corridorkey.key_frame()
    there, wired = names(), wiring(keyed.tree)
    keyed.shot.settings.shrink_grow = 1.0
    bpy.ops.corridorkey.key_range()
    assert (names(), wiring(keyed.tree)) == (there, wired)


def test_a_file_that_is_saved_elsewhere_still_shows_what_was_keyed(
    keyed: Any, tmp_path: Path
) -> None:
    bpy.ops.corridorkey.key_frame()
    before = part("node_group").shown_file(keyed.group, 1001)
    (tmp_path / "other").mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other/shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "other/shot.blend"))
    place = part("keyed_nodes").chosen_node(bpy.context.scene)
    node_group = part("node_group")
    shown = node_group.shown_file(place.group, 1001)
    assert shown.resolve() == before.resolve()
    node_group.read_anew(place.group)
    image = place.group.nodes["Foreground"].image
    assert Path(bpy.path.abspath(image.filepath)).resolve().is_file()


def test_opening_another_file_ends_what_is_on_its_way(keyed: Any) -> None:
    running = part("running").running
    report = running.key(keyed, [1001, 1002, 1003, 1004], "Range")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    while not report.is_over:
        running._turn()
    assert report.outcome.cancelled or report.outcome.finished
    assert running.last is None or running.last is report


def test_a_render_in_a_window_says_what_was_missing(keyed: Any) -> None:
    guard, running = part("render_guard"), part("running").running
    bpy.ops.corridorkey.key_frame()
    running.missing.clear()
    for frame in (1001, 1002, 1003):
        keyed.scene.frame_set(frame)
        guard._warn(keyed.scene)
    assert running.missing == {keyed.shot.uid: {1002, 1003}}
    assert any("1002-1003" in text for _icon, text in part("panel")._state(keyed))
    guard.before_render(keyed.scene)
    assert running.missing == {}
