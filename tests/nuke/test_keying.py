"""Key Frame, Key Range and Cancel in Nuke, with the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corridorkey_plugin.session import Session

from tests.nuke.seat import FRAMES, Seat, make_nuke_shot, sit_down, wait_until


@pytest.fixture
def seat(tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """An old Nuke: only of knobs of open panels it tells that they were changed."""
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch, version=(14, 0, 1)) as seat:
        yield seat


def test_a_frame_straight_from_a_read_is_keyed_from_its_file_and_shown(seat: Seat) -> None:
    node = seat.node(seat.read(), seat.read("hint/shot.####.exr"))
    seat.go_to(1003)
    assert not seat.shows(node, 1003)
    seat.key(node, "key_frame")
    assert node["status"].value().startswith("1 keyed")
    assert seat.keyed(node) == (1003,)
    assert np.abs(seat.alpha(node, 1003) - seat.alpha(node, 1003).round()).mean() < 0.1
    assert 0.1 < seat.alpha(node, 1003).mean() < 0.3
    assert not seat.shows(node, 1004)
    assert seat.desk.session.rendered == []


def test_a_range_behind_other_nodes_is_rendered_and_leaves_nothing_behind(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()), seat.read("hint/shot.####.exr"))
    seat.nuke.root().setModified(False)
    steps = seat.desk.session.undo_steps
    seat.key(node)
    assert seat.desk.session.undo_steps == steps
    assert seat.nuke.root().modified()  # it shows something else now, which a save keeps
    assert seat.keyed(node) == FRAMES
    assert len(seat.desk.session.rendered) == len(FRAMES)
    assert seat.leftovers() == []
    assert not seat.desk.session.undo_disabled
    assert seat.desk.session.bars[-1].numbers[-1] == 100
    assert not seat.desk.session.bars[-1].is_open


def test_what_is_keyed_already_is_not_asked_for_again(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.key(node)
    seat.key(node)
    assert node["status"].value().startswith("0 keyed, 6 were current")
    assert len(seat.desk.session.rendered) == len(FRAMES)


def test_a_cancel_keeps_what_is_finished_and_the_next_try_goes_on(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))

    def cancel_once_one_is_keyed() -> None:
        wait_until(lambda: bool(seat.results()))
        seat.desk.press(node, "cancel")

    seat.before_render(5, cancel_once_one_is_keyed)
    seat.key(node)
    assert 0 < len(seat.keyed(node)) < len(FRAMES)
    assert "Cancelled" in node["status"].value()
    seat.key(node)
    assert seat.keyed(node) == FRAMES


def test_the_button_of_the_progress_window_cancels(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.before_render(4, seat.desk.cancel)
    seat.key(node)
    assert len(seat.desk.session.rendered) == 4
    assert "Cancelled" in node["status"].value()


def test_a_cancel_is_noticed_while_the_engine_says_nothing(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seat.plugin.session, "_start_engine", lambda: None)
    monkeypatch.setattr(seat.plugin.session, "_is_starting", False)
    monkeypatch.setattr(seat.plugin.session, "_client", None)
    monkeypatch.setattr(seat.plugin.session, "_welcome", None)
    node = seat.node(seat.read())
    seat.desk.press(node, "key_range")
    seat.desk.cancel()
    seat.wait()
    assert "Cancelled" in node["status"].value()


def test_a_cancel_while_nuke_renders_is_a_cancel(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.desk.cancel_render(after=0)
    seat.key(node)
    assert "Cancelled" in node["status"].value()
    assert seat.leftovers() == []
    assert not seat.desk.session.undo_disabled


def test_the_cancel_button_ends_what_its_own_node_has_keyed(seat: Seat) -> None:
    first, second = seat.node(seat.graded(seat.read())), seat.node(seat.graded(seat.read(), 0.5))
    seat.desk.press(first, "key_range")
    seat.desk.press(second, "key_range")
    seat.desk.press(first, "cancel")
    seat.wait()
    assert len(seat.keyed(first)) < len(FRAMES)
    assert seat.keyed(second) == FRAMES


def test_two_nodes_at_once_are_both_keyed_each_with_its_own_picture(seat: Seat) -> None:
    first, second = seat.node(seat.read()), seat.node(seat.graded(seat.read(), 0.5))
    seat.desk.press(first, "key_range")
    seat.desk.press(second, "key_range")
    seat.wait()
    assert seat.keyed(first) == seat.keyed(second) == FRAMES
    one, other = (seat.desk.picture(node, 1002).plane("ck_fg.red") for node in (first, second))
    assert one.max() == pytest.approx(2 * other.max(), rel=0.02)


def test_work_that_comes_while_nuke_renders_stands_back(seat: Seat) -> None:
    first, second = seat.node(seat.graded(seat.read())), seat.node(seat.graded(seat.read(), 0.5))
    nested = list[int]()

    def let_others_in() -> None:
        nested.append(seat.desk.session.pending.qsize())
        for _ in range(nested[-1]):
            seat.desk.session.pending.get()()

    seat.nuke.addAfterFrameRender(let_others_in)
    seat.desk.press(first, "key_range")
    seat.desk.press(second, "key_range")
    seat.wait()
    assert any(nested)
    assert seat.keyed(first) == seat.keyed(second) == FRAMES


def test_the_same_node_is_not_keyed_twice_at_once(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.desk.press(node, "key_range")
    seat.desk.press(node, "key_range")
    assert "being keyed already" in node["status"].value()
    assert len(seat.plugin.orders) == 1
    seat.wait()


def test_the_frame_that_is_shown_is_keyed_before_a_range_that_runs(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    other = seat.node(seat.graded(seat.read(), 0.5))
    seat.go_to(1005)
    seat.before_render(1, lambda: seat.desk.press(other, "key_frame"))
    seat.desk.press(node, "key_range")
    seat.wait()
    assert seat.keyed(node) == FRAMES
    assert seat.keyed(other) == (1005,)
    assert written(other, 1005) < written(node, FRAMES[-1])


def written(node: Any, frame: int) -> int:
    """When the file that a node shows of a frame was written, in nanoseconds."""
    return Path(node["key_file"].value() % frame).stat().st_mtime_ns


def test_a_node_that_is_deleted_while_it_is_keyed_ends_that(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.desk.press(node, "key_range")
    seat.desk.let_run(lambda: bool(seat.desk.session.rendered))
    seat.nuke.delete(node)
    seat.wait()
    assert len(seat.desk.session.rendered) < len(FRAMES)
    seat.desk.forgive("not attached")


def test_a_plate_that_cannot_be_rendered_fails_its_frame_alone(seat: Seat) -> None:
    (seat.folder / "plate/shot.1004.exr").unlink()
    node = seat.node(seat.graded(seat.read()))
    seat.key(node)
    assert seat.keyed(node) == (1001, 1002, 1003, 1005, 1006)
    assert "1 failed (1004)" in node["status"].value()
    assert seat.leftovers() == []
