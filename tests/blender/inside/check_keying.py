"""Key Frame and Key Range within Blender, by the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from conftest import part
from scenes import names, pixels_of, rendered, wiring


def results(place: Any, name: str) -> list[Path]:
    """The finished files of a pass that the group shows."""
    shown = part("node_group").shown_file(place.group, part("frame_mapping").FrameMapping(), 1001)
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
