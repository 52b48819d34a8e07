"""The committed gizmo, from its text alone: all that it names is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.nuke import gizmo_checks as checks
from tests.nuke.node_classes import node_classes
from tests.nuke.script_text import commands
from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.sources import ROOT

NUKE = ROOT / "nuke"
TEXT = (NUKE / "CorridorKey.gizmo").read_text(encoding="utf-8")


@contextmanager
def with_gizmos_of(folder: Path) -> Iterator[Desk]:
    """Nuke with a folder's gizmos, but nothing of the plugin started."""
    with open_nuke() as desk:
        desk.session.plugin_path.append(folder)
        yield desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with with_gizmos_of(NUKE) as opened:
        yield opened


@pytest.fixture
def gizmo(desk: Desk) -> Any:
    return desk.nuke.createNode("CorridorKey")


def all_nodes(gizmo: Any, desk: Desk) -> list[Any]:
    return [gizmo, *desk.nuke.allNodes(group=gizmo, recurseGroups=True)]


def test_its_text_names_only_what_nuke_has() -> None:
    assert TEXT.splitlines()[0].startswith(("#!", "version"))
    assert [one[0].text for one in commands(TEXT)].count("Gizmo") == 1
    assert checks.words_that_run(TEXT) == []
    assert checks.unknown_classes(TEXT) == []
    assert checks.unknown_knobs(TEXT) == []


def test_no_knob_of_its_own_hides_one_that_every_node_has() -> None:
    added = checks.added_knobs(TEXT)
    assert set(added) & set(node_classes()["Group"].knobs) == set()
    assert len(added) == len(set(added)) > 30


def test_it_loads_with_each_input_in_its_place(desk: Desk, gizmo: Any) -> None:
    inputs = desk.nuke.allNodes("Input", gizmo)
    numbers = {one.name(): one["number"].value() for one in inputs}
    assert numbers == {"Plate": 0, "Hint": 1, "Garbage": 2, "Holdout": 3}
    assert len(desk.nuke.allNodes("Output", gizmo)) == 1
    assert gizmo.maxInputs() == 4
    own = next(parts for name, parts in checks.blocks(TEXT) if name == "Gizmo")
    assert dict(checks.pairs(own))["inputs"].text == "4"


def test_all_that_it_refers_to_is_there(desk: Desk, gizmo: Any) -> None:
    nodes = all_nodes(gizmo, desk)
    every = desk.nuke.INPUTS | desk.nuke.EXPRESSIONS
    assert checks.unknown_names(nodes) == []
    assert checks.unused_nodes(nodes, every) == []
    assert checks.python_of(nodes)
    assert checks.calls_of_nothing(nodes) == []


@pytest.mark.parametrize(
    ("old", "new", "check", "found"),
    [
        ("Dilate {", "Dilat {", checks.unknown_classes, "Dilat"),
        ("channels alpha", "chanels alpha", checks.unknown_knobs, "Dilate.chanels"),
        ("clip_black 0\n", "clip_blak 0\n", checks.unknown_knobs, "Gizmo.clip_blak"),
        (r"\[value parent.", "[value parent.", checks.words_that_run, "[value parent.key_file]"),
    ],
)
def test_a_fault_in_its_text_would_be_found(old: str, new: str, check: Any, found: str) -> None:
    assert old in TEXT
    assert found in check(TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("parent.clip_black", "parent.clip_blak", "parent.clip_blak"),
        ("{{parent.key_first}}", "{{parent.kee_first}}", "parent.kee_first"),
        (r"\[value parent.key_file]", r"\[value parent.kee_file]", "parent.kee_file"),
        ("exists parent.input2", "exists parent.input7", "parent.input7"),
        ("buttons.key_frame(", "buttons.kee_frame(", "buttons.kee_frame"),
    ],
)
def test_a_wrong_reference_would_be_found(tmp_path: Path, old: str, new: str, part: str) -> None:
    assert old in TEXT
    (tmp_path / "CorridorKey.gizmo").write_text(TEXT.replace(old, new), encoding="utf-8")
    with with_gizmos_of(tmp_path) as desk:
        gizmo = desk.nuke.createNode("CorridorKey")
        nodes = all_nodes(gizmo, desk)
        assert part in checks.unknown_names(nodes) + checks.calls_of_nothing(nodes)


def test_a_link_to_nothing_does_not_load(tmp_path: Path) -> None:
    text = TEXT.replace("T ToWorking.in_colorspace", "T ToWorking.in_colourspace")
    (tmp_path / "CorridorKey.gizmo").write_text(text, encoding="utf-8")
    with with_gizmos_of(tmp_path) as desk:
        with pytest.raises(ValueError, match="linked to no 'ToWorking"):
            desk.nuke.createNode("CorridorKey")
        desk.forgive("linked to no")


def test_all_its_state_comes_back_with_a_script(desk: Desk, gizmo: Any, tmp_path: Path) -> None:
    nuke = desk.nuke
    expected = {}
    for knob in gizmo.allKnobs():
        if knob._is_user and (value := another(knob)) is not None:
            knob.setValue(value)
            if not knob.getFlag(nuke.DO_NOT_WRITE):
                expected[knob.name()] = knob.value()
    assert len(expected) > 30
    nuke.scriptSaveAs(str(tmp_path / "shot.nk"))
    nuke.scriptOpen(str(tmp_path / "shot.nk"))
    again = nuke.toNode("CorridorKey1")
    assert {name: again[name].value() for name in expected} == expected
    group = again.makeGroup()
    assert {name: group[name].value() for name in expected} == expected
    assert {one.name() for one in group.nodes()} == {one.name() for one in again.nodes()}


def another(knob: Any) -> Any:
    """A value that differs from the one a knob has; None for knobs that hold none of their own."""
    kind = knob.Class()
    if kind == "Boolean_Knob":
        return not knob.value()
    if kind == "Enumeration_Knob":
        return knob.values()[(int(knob.getValue()) + 1) % knob.numValues()]
    if kind in ("Int_Knob", "Double_Knob"):
        return knob.value() + 1
    if kind in ("String_Knob", "File_Knob"):
        return f"{knob.value()} é [x] {{y}}"
    return None
