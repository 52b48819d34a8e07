"""Sliders followed while they move, and what they made on their way removed."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
import pytest
from conftest import part
from scenes import rendered

PATIENCE = 60.0


def turn_until_idle() -> None:
    """What the event loop of a window does."""
    running = part("running").running
    end = time.monotonic() + PATIENCE
    while running.is_busy:
        assert time.monotonic() < end
        running._turn()
        time.sleep(0.005)


def folders(place: Any) -> list[Path]:
    """The pictures in the cache, one folder for each look."""
    cache = Path(bpy.path.abspath(place.shot.cache)) / place.shot.uid
    return sorted(one for one in cache.iterdir() if (one / "matte").is_dir())


@pytest.fixture
def follow(keyed: Any) -> Any:
    """Follows a slider at once, as the timer of a window does after it settled."""
    bpy.ops.corridorkey.key_frame()
    live = part("live_update").LiveUpdate()
    live._uid = keyed.shot.uid
    running = part("running").running
    running.host.when_over.append(live.done)

    def followed() -> None:
        live.follow()
        turn_until_idle()

    yield followed
    running.host.when_over.remove(live.done)


def test_a_slider_shows_the_new_picture_from_the_raw_answer(
    keyed: Any, follow: Any, tmp_path: Path
) -> None:
    before = rendered(keyed.scene, 1001, tmp_path)
    keyed.shot.settings.shrink_grow = 5.0
    follow()
    running = part("running").running
    assert running.last.label == "Live"
    assert running.last.outcome.finished == (1001,)
    assert keyed.shot.shown == part("shot_request").digest_of(keyed.shot)
    keyed.shot.when_rendering = "IGNORE"
    assert sum(rendered(keyed.scene, 1001, tmp_path)[3::4]) > sum(before[3::4])


def test_what_a_slider_made_on_its_way_is_removed_and_what_was_keyed_stays(
    keyed: Any, follow: Any
) -> None:
    (asked_for,) = folders(keyed)
    for amount in (1.0, 2.0, 3.0, 4.0):
        keyed.shot.settings.shrink_grow = amount
        follow()
    assert len(folders(keyed)) == 2
    assert asked_for in folders(keyed)
    keyed.shot.settings.shrink_grow = 0.0
    follow()
    assert folders(keyed) == [asked_for]


def test_a_range_that_a_slider_began_is_kept(keyed: Any, follow: Any) -> None:
    keyed.shot.settings.shrink_grow = 1.0
    follow()
    bpy.ops.corridorkey.key_range()
    keyed.shot.settings.shrink_grow = 2.0
    follow()
    assert len(folders(keyed)) == 3


def test_only_settings_of_matte_and_foreground_are_followed(keyed: Any) -> None:
    live_update = part("live_update")
    assert "despill_strength" in live_update.FOLLOWED
    assert "shrink_grow" in live_update.FOLLOWED
    assert "restore_source" in live_update.FOLLOWED
    assert not {"screen", "keyer", "device", "compression"} & live_update.FOLLOWED
    live_update.live_update.setting_changed(keyed.group, "screen")
    assert live_update.live_update._uid != keyed.shot.uid


def test_an_undo_that_changes_settings_asks_for_their_picture(
    keyed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = part("live_update").LiveUpdate()
    asked: list[str] = []
    monkeypatch.setattr(live, "setting_changed", lambda tree, _name: asked.append(tree.name))
    bpy.ops.corridorkey.key_frame()
    live.follow_undo()
    assert asked == []
    keyed.shot.settings.soften = 3.0
    live.follow_undo()
    assert asked == [keyed.group.name]


def test_requests_go_on_while_blender_does_and_are_cancelled_between_frames(keyed: Any) -> None:
    running = part("running").running
    report = running.key(keyed, [1001, 1002, 1003, 1004], "Range")
    texts = {part("progress_line").text_of(report)}
    while not report.is_over:
        running._turn()
        texts.add(part("progress_line").text_of(report))
        if report.progress and report.progress.done and not report.is_over:
            assert bpy.ops.corridorkey.cancel.poll()
            running.cancel(keyed.shot.uid)
        time.sleep(0.002)
    assert any(text.startswith("1/4") for text in texts) or report.outcome.finished
    lines = part("running").report_lines(report)
    assert lines[0].startswith("Cancelled;") or report.outcome.finished == (1001, 1002, 1003, 1004)
    assert not running.host.reports
    assert not bpy.ops.corridorkey.cancel.poll()


def test_a_frame_goes_before_the_range_that_is_on_its_way(keyed: Any) -> None:
    running = part("running").running
    whole = running.key(keyed, [1001, 1002, 1003, 1004], "Range")
    first = running.key(keyed, [1004], "Frame", first=True)
    turn_until_idle()
    assert whole.outcome.exit_status == first.outcome.exit_status == 0
    assert {*whole.outcome.finished, *whole.outcome.current} == {1001, 1002, 1003, 1004}
