"""The committed gizmo, from its text alone: all that it names is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from tests.nuke.node_classes import node_classes
from tests.nuke.script_text import Word, commands, split_list, words
from tests.nuke.stand_in import formula, names, tcl
from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.nuke.stand_in.formula import ExpressionError
from tests.nuke.stand_in.knobs.numbers import Array_Knob
from tests.nuke.stand_in.knobs.text import EvalString_Knob, PyScript_Knob, PythonKnob
from tests.nuke.stand_in.pixels.formulas import SHORT
from tests.sources import ROOT

NUKE = ROOT / "nuke"
GIZMO = NUKE / "CorridorKey.gizmo"
COORDINATES = {"x", "y"}


def blocks(class_name: str = "") -> list[tuple[str, list[Word]]]:
    """Each block of the text: its class, and the words between its braces."""
    found = [
        (one[0].text, words(one[1].text))
        for one in commands(GIZMO.read_text(encoding="utf-8"))
        if len(one) == 2 and one[1].braced and one[0].text != "add_layer"
    ]
    return [one for one in found if class_name in ("", one[0])]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Nuke with the gizmo on its path, but nothing of the plugin started."""
    with open_nuke() as opened:
        opened.session.plugin_path.append(NUKE)
        yield opened


@pytest.fixture
def gizmo(desk: Desk) -> Any:
    return desk.nuke.createNode("CorridorKey")


@pytest.fixture
def all_nodes(desk: Desk, gizmo: Any) -> list[Any]:
    return [gizmo, *desk.nuke.allNodes(group=gizmo, recurseGroups=True)]


def unknown(node: Any, expression: str, also: set[str]) -> list[str]:
    """The names of an expression that mean nothing to a node."""
    parsed = formula.parse(expression)
    found = [name for name in parsed.names if name not in also and not is_known(node, name)]
    for command in parsed.commands:
        found += [name for name in tcl.names_in(f"[{command}]") if not is_knob(node, name)]
    return [f"{node.fullName()}: {name} in {expression}" for name in found]


def is_known(node: Any, name: str) -> bool:
    try:
        names.NodeNames(node).name(name, None)
    except ExpressionError:
        return False
    return True


def is_knob(node: Any, name: str) -> bool:
    """Whether there is such a knob, or such an input of the gizmo, connected or not."""
    if name.startswith("parent.input"):
        return bool(int(name.removeprefix("parent.input") or 0) < node.parent().maxInputs())
    try:
        names.find_knob(node, name)
    except LookupError:
        return False
    return True


def test_it_is_a_gizmo_of_one_output_and_inputs_that_are_counted() -> None:
    text = GIZMO.read_text(encoding="utf-8")
    assert text.splitlines()[0].startswith(("#!", "version"))
    assert [one[0].text for one in commands(text)].count("Gizmo") == 1
    (own,) = blocks("Gizmo")
    pairs = dict(zip([one.text for one in own[1][::2]], own[1][1::2], strict=True))
    assert pairs["inputs"].text == "4"


def test_no_word_of_its_blocks_would_be_run_while_it_loads() -> None:
    wrong = [(name, word.text) for name, parts in blocks() for word in parts if word.substitutes]
    assert wrong == []


def test_every_class_is_one_of_nukes_own() -> None:
    known = set(node_classes()) | {"Gizmo"}
    assert {name for name, _ in blocks()} - known == set()


def test_every_knob_is_one_of_its_class_or_was_added() -> None:
    wrong = []
    for name, parts in blocks():
        fact = node_classes().get(name)
        known = set(fact.knobs) if fact else set(node_classes()["Group"].knobs)
        for by_type in fact.by_file_type.values() if fact else ():
            known |= set(by_type)
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.text == "addUserKnob":
                known.add(split_list(value.text)[1])
            elif key.text not in known | {"inputs"}:
                wrong.append((name, key.text))
    assert wrong == []


def test_no_knob_of_its_own_hides_one_that_every_node_has() -> None:
    every = set(node_classes()["Group"].knobs)
    (own,) = blocks("Gizmo")
    added = [
        split_list(value.text)[1]
        for key, value in zip(own[1][::2], own[1][1::2], strict=True)
        if key.text == "addUserKnob"
    ]
    assert set(added) & every == set()
    assert len(added) == len(set(added))


def test_it_loads_with_each_input_in_its_place(desk: Desk, gizmo: Any) -> None:
    inputs = desk.nuke.allNodes("Input", gizmo)
    numbers = {one.name(): one["number"].value() for one in inputs}
    assert numbers == {"Plate": 0, "Hint": 1, "Garbage": 2, "Holdout": 3}
    assert len(desk.nuke.allNodes("Output", gizmo)) == 1
    assert gizmo.maxInputs() == 4


def test_every_expression_refers_to_what_is_there(all_nodes: list[Any]) -> None:
    wrong = []
    for node in all_nodes:
        for knob in node.allKnobs():
            if isinstance(knob, Array_Knob):
                for expression in knob._expressions():
                    wrong += unknown(node, expression, set())
    assert wrong == []


def test_every_formula_refers_to_what_is_there(all_nodes: list[Any]) -> None:
    wrong = []
    for node in (one for one in all_nodes if one.Class() == "Expression"):
        own = {node[f"temp_name{row}"].value() for row in range(4)} - {""}
        for row in range(4):
            for name in (f"temp_expr{row}", f"expr{row}"):
                if node[name].value():
                    wrong += unknown(node, node[name].value(), own | COORDINATES | set(SHORT))
    assert wrong == []


def test_every_text_that_is_evaluated_names_knobs_that_are_there(all_nodes: list[Any]) -> None:
    wrong = [
        f"{node.fullName()}.{knob.name()}: {name}"
        for node in all_nodes
        for knob in node.allKnobs()
        if isinstance(knob, EvalString_Knob)
        for name in tcl.names_in(knob.value())
        if not is_knob(node, name)
    ]
    assert wrong == []


def test_every_link_leads_to_a_knob(gizmo: Any) -> None:
    links = [one for one in gizmo.allKnobs() if one.Class() == "Link_Knob"]
    assert links
    for link in links:
        assert link.getLinkedKnob().node().parent() is gizmo


def test_every_node_is_used(desk: Desk, all_nodes: list[Any]) -> None:
    every = desk.nuke.INPUTS | desk.nuke.EXPRESSIONS
    used = {other for node in all_nodes for other in node.dependencies(every)}
    named = {
        name.partition(".")[0]
        for node in all_nodes
        for row in range(4)
        if node.Class() == "Expression" and node[f"expr{row}"].value()
        for name in formula.parse(node[f"expr{row}"].value()).names
    }
    loose = [
        node.fullName()
        for node in all_nodes[1:]
        if node not in used
        and node.name() not in named
        and node.Class() not in ("Output", "Input")
    ]
    assert loose == []


def test_its_python_is_that_of_nuke_14_and_calls_what_there_is(all_nodes: list[Any]) -> None:
    code = [
        knob.value()
        for node in all_nodes
        for knob in node.allKnobs()
        if isinstance(knob, PyScript_Knob | PythonKnob) and knob.value() and knob.name() != "reload"
    ]
    assert code
    for text in code:
        for module, function in calls_of_ours(ast.parse(text, feature_version=(3, 9))):
            source = (NUKE / "corridorkey_nuke" / f"{module}.py").read_text(encoding="utf-8")
            defined = {
                one.name for one in ast.parse(source).body if isinstance(one, ast.FunctionDef)
            }
            assert function in defined, f"{module}.{function}"


def calls_of_ours(tree: ast.Module) -> list[tuple[str, str]]:
    imported = {
        alias.name
        for one in ast.walk(tree)
        if isinstance(one, ast.ImportFrom) and one.module == "corridorkey_nuke"
        for alias in one.names
    }
    return [
        (one.value.id, one.attr)
        for one in ast.walk(tree)
        if isinstance(one, ast.Attribute)
        and isinstance(one.value, ast.Name)
        and one.value.id in imported
    ]


def test_all_its_state_comes_back_with_a_script(desk: Desk, gizmo: Any, tmp_path: Any) -> None:
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
