"""The stand-in's signatures are those of types-nuke, so that it cannot drift from Nuke's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.nuke.stand_in.desk import Desk
from tests.nuke.stub_check import differences, stub_names

# Where the stand-in is right to differ, and why. Each must still differ, or it goes.
EXPLAINED = {
    "nuke._nuke.FrameRanges.getRange": "the stub forgot the number of the range",
    "nuke._nuke.Link_Knob.setValue": "the stub forgot the value",
    "nuke._nuke.Node.metadata": "one function for the stub's overloads",
    "nuke._nuke.Node.sample": "the stub's overloads are no signatures",
    "nuke._nuke.ProgressTask.__del__": "a bar closes when nobody holds it any more",
    "nuke._nuke.XY_Knob.value": "both numbers where none is asked for, as saved code uses it",
    "nuke._nuke.execute": "one function for the stub's overloads",
    "nuke._nuke.frame": "one function to ask and to set",
    "nuke._nuke.modified": "one function for the stub's overloads",
    "nuke._nuke.tprint": "the stub does not say that there may be no file",
}


def names(lines: list[str]) -> set[str]:
    return {line.partition(" is ")[0] for line in lines}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stubs")


def test_every_signature_is_that_of_the_stubs_or_is_explained(folder: Path) -> None:
    found = differences(folder)
    unexplained = [line for line in found if line.partition(" is ")[0] not in EXPLAINED]
    assert unexplained == []
    assert set(EXPLAINED) - names(found) == set()


def test_every_name_is_one_of_the_stubs(nuke_gui: Desk) -> None:
    of_modules = {"callbacks", "executeInMain", "overrides"}
    ours = {name for name in vars(nuke_gui.nuke) if not name.startswith("_")} - of_modules
    assert ours - stub_names() == set()


PLANTED = """
import nuke._nuke
nuke._nuke.toNode = lambda s, how: None  # one parameter too many
nuke._nuke.Node.setInput = lambda self, i: True  # one too few
nuke._nuke.Node.frobnicate = lambda self: None  # no such method
"""


def test_what_nuke_has_not_is_found(folder: Path) -> None:
    found = names(differences(folder, PLANTED))
    assert {f"nuke._nuke.{one}" for one in ("toNode", "Node.setInput", "Node.frobnicate")} <= found
