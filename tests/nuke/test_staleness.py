"""What a node shows after a change: never what is stale, and again what was keyed before."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from corridorkey_plugin.session import Session

from tests.nuke.seat import FRAMES, Seat, make_nuke_shot, sit_down
from tests.picture_files import write
from tests.small_shot import plate_of


@pytest.fixture
def seat(tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """A new Nuke: of every knob that is set it tells that it was changed."""
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch, version=(17, 1, 2)) as seat:
        yield seat


def test_an_edit_above_hides_what_is_keyed_and_undoing_it_brings_that_back(seat: Seat) -> None:
    grade = seat.graded(seat.read())
    node = seat.node(grade)
    seat.key(node)
    keyed = node["key_file"].value()
    grade["value"].setValue(0.9)
    seat.desk.idle()
    assert seat.keyed(node) == ()
    assert not seat.shows(node, 1003)
    grade["value"].setValue(1.0)
    seat.desk.idle()
    assert node["key_file"].value() == keyed
    assert seat.shows(node, 1003)


@pytest.mark.parametrize(
    "change",
    [
        lambda grade: grade["value"].setAnimated(),
        lambda grade: grade["value"].setExpression("frame / 1000"),
        lambda grade: grade["disable"].setValue(True),
        lambda grade: grade.input(0)["last"].setValue(1005),
        lambda grade: grade.setInput(0, None),
    ],
)
def test_every_kind_of_edit_above_is_seen(seat: Seat, change: object) -> None:
    grade = seat.graded(seat.read())
    node = seat.node(grade)
    seat.key(node, "key_range")
    assert seat.keyed(node) == FRAMES
    change(grade)  # type: ignore[operator]
    seat.go_to(1004)
    assert seat.keyed(node) == ()


def test_a_node_that_idles_is_not_worked_out_anew(
    seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.key(node)
    seat.go_to(1002)
    seat.go_to(1003)

    def fail(*_: object) -> None:
        raise AssertionError("nothing changed")

    module = importlib.import_module("corridorkey_nuke.plugin")
    monkeypatch.setattr(module, "shown_of", fail)
    seat.go_to(1004)
    monkeypatch.setattr(module, "state_of_script", fail)
    seat.desk.idle()
    assert seat.keyed(node) == FRAMES


def test_moving_and_renaming_nodes_changes_nothing(seat: Seat) -> None:
    grade = seat.graded(seat.read())
    node = seat.node(grade)
    seat.key(node)
    grade.setName("Balance")
    grade.setXYpos(300, 400)
    grade["label"].setValue("warm")
    node.setName("Key_hero")
    seat.desk.idle()
    assert seat.keyed(node) == FRAMES


def test_a_setting_of_the_engines_hides_at_once_and_a_live_one_does_not(seat: Seat) -> None:
    node = seat.node(seat.read())
    seat.key(node)
    for name, value in (("clip_black", 0.2), ("despill", "average"), ("output", "matte")):
        seat.desk.turn(node, name, value)
    seat.desk.idle()
    assert seat.keyed(node) == FRAMES
    seat.desk.turn(node, "despeckle_area", 0)
    assert seat.keyed(node) == ()
    seat.desk.turn(node, "despeckle_area", 48)
    assert seat.keyed(node) == FRAMES


def test_a_setting_that_cannot_be_shows_nothing_and_says_why(seat: Seat) -> None:
    node = seat.node(seat.read())
    seat.key(node)
    seat.desk.turn(node, "model_size", 100)
    assert node["key_file"].value() == "not_keyed.%04d.exr"
    assert "multiple of 32" in node["status"].value()
    seat.desk.turn(node, "model_size", 2048)
    assert seat.keyed(node) == FRAMES


@pytest.mark.parametrize("is_rendered", [False, True])
def test_a_plate_that_changes_on_disk_takes_its_own_frame_away(
    seat: Seat, is_rendered: bool
) -> None:
    read = seat.read()
    node = seat.node(seat.graded(read) if is_rendered else read, screen_sampling="frame")
    node["screen"].setValue("green")
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    before = seat.alpha(node, 1004).copy()
    write(seat.folder / "plate/shot.1004.exr", plate_of(7))
    read["reload"].execute()
    seat.go_to(1004)
    assert not seat.shows(node, 1004)
    assert seat.keyed(node) == tuple(frame for frame in FRAMES if frame != 1004)
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    assert np.abs(seat.alpha(node, 1004) - before).max() > 0.5


def test_a_change_while_it_is_keyed_ends_that_and_shows_nothing(seat: Seat) -> None:
    grade = seat.graded(seat.read())
    node = seat.node(grade)
    seat.before_render(5, lambda: grade["value"].setValue(0.9))
    seat.key(node)
    assert seat.keyed(node) == ()
    assert len(seat.desk.session.rendered) <= len(FRAMES)
    assert "changed while it was keyed" in node["status"].value()
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    assert seat.leftovers() == []


def test_a_copy_shows_what_its_original_was_keyed_to(seat: Seat) -> None:
    read = seat.read()
    node = seat.node(read)
    seat.key(node)
    copy = seat.node(read)
    seat.desk.idle()
    assert copy["key_file"].value() == node["key_file"].value()
    assert np.array_equal(seat.alpha(copy, 1002), seat.alpha(node, 1002))


def test_an_unsaved_script_needs_a_cache_folder_and_says_so(seat: Seat) -> None:
    node = seat.node(seat.read())
    node["cache"].setValue("")
    seat.desk.press(node, "key_range")
    assert seat.plugin.orders == ()
    assert "not saved" in node["status"].value()
    assert "Save it" in seat.desk.said("message")[-1]


def test_a_script_saved_while_it_is_keyed_holds_no_temporary_node(seat: Seat) -> None:
    script = seat.folder / "comp_v001.nk"
    node = seat.node(seat.graded(seat.read()))
    node["cache"].setValue("")
    seat.nuke.scriptSaveAs(script.as_posix())
    seat.desk.press(node, "key_range")
    seat.desk.let_run(lambda: len(seat.desk.session.rendered) == 2)
    seat.nuke.scriptSave("")
    seat.wait()
    assert seat.keyed(node) == FRAMES
    assert "CorridorKeyRender" not in script.read_text()
    assert Path(node["key_file"].value()).is_relative_to(seat.folder / "corridorkey_cache")


def test_a_script_that_is_opened_again_shows_its_frames(seat: Seat) -> None:
    script = (seat.folder / "comp.nk").as_posix()
    node = seat.node(seat.graded(seat.read()))
    seat.key(node)
    before = seat.alpha(node, 1002).copy()
    seat.nuke.scriptSaveAs(script)
    seat.nuke.scriptClear()
    seat.nuke.scriptOpen(script)
    again = seat.nuke.toNode("CorridorKey1")
    assert seat.keyed(again) == FRAMES
    assert np.array_equal(seat.alpha(again, 1002), before)


def test_a_script_whose_plate_changed_meanwhile_shows_nothing_of_it(seat: Seat) -> None:
    script = (seat.folder / "comp.nk").as_posix()
    seat.key(seat.node(seat.read()))
    seat.nuke.scriptSaveAs(script)
    seat.nuke.scriptClear()
    seat.nuke.frame(1001)
    plate = seat.folder / "plate/shot.1001.exr"
    os.utime(plate, ns=(1, 1))
    seat.nuke.scriptOpen(script)
    seat.go_to(1001)
    assert not seat.shows(seat.nuke.toNode("CorridorKey1"), 1001)


def test_clearing_removes_what_is_shown_or_what_is_not(seat: Seat) -> None:
    node = seat.node(seat.read())
    seat.key(node)
    seat.desk.turn(node, "despeckle_area", 0)
    seat.key(node)
    other = seat.node(seat.graded(seat.read(), 0.5))
    seat.key(other)
    seat.nuke.delete(other)
    seat.desk.answer(True)
    seat.desk.press(node, "clear_unused")
    assert seat.keyed(node) == FRAMES
    assert len(list((seat.folder / "cache").iterdir())) == 1
    seat.desk.press(node, "clear_cache")
    assert seat.keyed(node) == ()
    assert list((seat.folder / "cache").iterdir()) == []
    assert "MB removed" in node["status"].value()


def test_looking_writes_nothing(seat: Seat) -> None:
    node = seat.node(seat.graded(seat.read()))
    seat.go_to(1002)
    seat.desk.turn(node, "despeckle_area", 5)
    seat.nuke.frame(1003)
    seat.nuke.root().setModified(False)
    seat.desk.idle()
    assert not seat.nuke.root().modified()
    assert not (seat.folder / "cache").exists()
