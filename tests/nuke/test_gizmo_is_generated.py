"""The committed node is what the one declaration of parameters makes of it."""

from __future__ import annotations

import ast
import struct
from pathlib import Path

import pytest

from building.nuke_gizmo.gizmo import gizmo_text
from building.nuke_gizmo.icon import EDGE, icon_png
from building.nuke_gizmo.panel import CHOICES, DECIDED, LIVE, LIVE_ONES, panel
from building.nuke_gizmo.script import Node, expression, lines, word
from corridorkey_core.settings import Settings
from tests.sources import ROOT, imports_of, python_files, relative

NUKE = ROOT / "nuke"
SETTINGS = {fact.name: fact for fact in Settings.parameters()}
RENEW = "run `python3 -m building.nuke_gizmo`"
MADE = {
    "CorridorKey.gizmo": lambda: gizmo_text().encode("utf-8"),
    "icons/CorridorKey.png": icon_png,
}
HEAVY = {"torch", "numpy", "OpenImageIO", "yaml", "PySide2", "PySide6", "nukescripts"}


@pytest.mark.parametrize("name", MADE)
def test_what_is_committed_is_what_is_generated(name: str) -> None:
    assert (NUKE / name).read_bytes() == MADE[name](), RENEW


def test_every_setting_is_a_knob_or_decided_by_the_node_and_never_both() -> None:
    knobs = {line.split()[2] for line in panel() if line.startswith("addUserKnob")}
    assert not knobs & set(DECIDED)
    assert set(SETTINGS) <= knobs | set(DECIDED)
    assert set(DECIDED) <= set(SETTINGS)


def test_what_is_offered_of_a_settings_choices_is_among_them() -> None:
    for name, choices in CHOICES.items():
        assert set(choices) <= set(SETTINGS[name].choices)
        assert SETTINGS[name].default == choices[0]


def test_defaults_of_knobs_are_those_that_are_declared() -> None:
    values = dict(line.split(" ", 1) for line in panel() if not line.startswith("addUserKnob"))
    for name in set(SETTINGS) - set(DECIDED):
        default = SETTINGS[name].default
        text = str(default).lower() if isinstance(default, bool) else default
        if isinstance(default, float):
            assert float(values[name]) == default
        else:
            assert values.get(name, "") == str(text)


def test_live_settings_are_those_whose_picture_is_made_after_the_keyer() -> None:
    assert {SETTINGS[name].section for name in LIVE_ONES} == {"Matte", "Foreground"}
    assert set(LIVE) <= set(LIVE_ONES)


def test_words_are_one_word_each_and_nothing_in_them_is_evaluated_when_they_are_read() -> None:
    assert word("plain.name") == "plain.name"
    assert word("two words") == '"two words"'
    assert word("[value x] $y") == r'"\[value x] \$y"'
    assert word('a "b"\n') == r'"a \"b\"\n"'
    assert expression("parent.x", "a + b") == '{{parent.x} {"a + b"}}'


def test_the_last_input_that_is_pushed_is_the_first() -> None:
    made = lines([Node("Merge2", "M", ("B", None, "A"))], depth=0)
    assert made[:3] == ["push $NA", "push 0", "push $NB"]
    assert made[3:5] == ["Merge2 {", " inputs 3"]
    assert made[-1] == "set NM [stack 0]"


def test_the_icon_is_a_small_png() -> None:
    data = icon_png()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (EDGE, EDGE)
    assert len(data) < 2000


@pytest.mark.parametrize("path", tuple(python_files("nuke")), ids=relative)
def test_what_nuke_loads_is_python_3_9_and_the_standard_library(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 9))
    assert {one.top for one in imports_of(path)} & HEAVY == set()
