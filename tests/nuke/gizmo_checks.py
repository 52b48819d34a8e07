"""What can be wrong with a gizmo's text, each check with a list of what it found."""

from __future__ import annotations

import ast
from typing import Any

from tests.nuke.node_classes import node_classes
from tests.nuke.script_text import Word, commands, split_list, words
from tests.nuke.stand_in import formula, names, tcl
from tests.nuke.stand_in.formula import ExpressionError
from tests.nuke.stand_in.knobs.numbers import Array_Knob
from tests.nuke.stand_in.knobs.text import EvalString_Knob, PyScript_Knob, PythonKnob
from tests.nuke.stand_in.pixels.formulas import SHORT
from tests.sources import ROOT

PACKAGE = ROOT / "nuke" / "corridorkey_nuke"
COORDINATES = {"x", "y"}
ROWS = range(4)


def blocks(text: str) -> list[tuple[str, list[Word]]]:
    """Each block of a text: its class, and the words between its braces."""
    return [
        (one[0].text, words(one[1].text))
        for one in commands(text)
        if len(one) == 2 and one[1].braced and one[0].text != "add_layer"
    ]


def pairs(parts: list[Word]) -> list[tuple[str, Word]]:
    """A block's knobs and their values, in order."""
    return [(key.text, value) for key, value in zip(parts[::2], parts[1::2], strict=True)]


def added_knobs(text: str) -> list[str]:
    """The names of the knobs that the gizmo adds to itself."""
    own = next(parts for name, parts in blocks(text) if name == "Gizmo")
    return [split_list(value.text)[1] for key, value in pairs(own) if key == "addUserKnob"]


def words_that_run(text: str) -> list[str]:
    """Values that TCL would run while the gizmo loads."""
    return [word.text for _, parts in blocks(text) for word in parts if word.substitutes]


def unknown_classes(text: str) -> list[str]:
    """Classes that the table of Nuke's own has not."""
    return [name for name, _ in blocks(text) if name not in node_classes() and name != "Gizmo"]


def unknown_knobs(text: str) -> list[str]:
    """Knobs that neither their class has nor `addUserKnob` added before."""
    wrong = []
    for name, parts in blocks(text):
        fact = node_classes().get(name, node_classes()["Group"])
        known = set(fact.knobs) | {"inputs"}
        known |= {knob for by_type in fact.by_file_type.values() for knob in by_type}
        for key, value in pairs(parts):
            if key == "addUserKnob":
                known.add(split_list(value.text)[1])
            elif key not in known:
                wrong.append(f"{name}.{key}")
    return wrong


def unknown_names(nodes: list[Any]) -> list[str]:
    """Names in expressions, formulas and evaluated texts that mean nothing where they stand."""
    wrong = []
    for node in nodes:
        for knob in node.allKnobs():
            if isinstance(knob, Array_Knob):
                for expression in knob._expressions():
                    wrong += _unknown(node, expression, set())
            elif isinstance(knob, EvalString_Knob):
                wrong += [one for one in tcl.names_in(knob.value()) if not _is_knob(node, one)]
        if node.Class() == "Expression":
            wrong += _unknown_in_formulas(node)
    return wrong


def unused_nodes(nodes: list[Any], inputs_and_expressions: int) -> list[str]:
    """Nodes that no other uses, by an input, an expression or a formula."""
    used = {other for node in nodes for other in node.dependencies(inputs_and_expressions)}
    named = {
        name.partition(".")[0]
        for node in nodes
        if node.Class() == "Expression"
        for row in ROWS
        if node[f"expr{row}"].value()
        for name in formula.parse(node[f"expr{row}"].value()).names
    }
    return [
        node.fullName()
        for node in nodes[1:]
        if node not in used and node.name() not in named and node.Class() not in ("Output", "Input")
    ]


def calls_of_nothing(nodes: list[Any]) -> list[str]:
    """Calls in buttons of functions that our package has not; raises `SyntaxError` beyond 3.9."""
    wrong = []
    for text in python_of(nodes):
        for module, function in _calls_of_ours(ast.parse(text, feature_version=(3, 9))):
            file = PACKAGE / f"{module}.py"
            source = file.read_text(encoding="utf-8") if file.is_file() else ""
            body = ast.parse(source).body
            defined = {one.name for one in body if isinstance(one, ast.FunctionDef)}
            if function not in defined:
                wrong.append(f"{module}.{function}")
    return wrong


def python_of(nodes: list[Any]) -> list[str]:
    """The Python that is kept in knobs."""
    return [
        knob.value()
        for node in nodes
        for knob in node.allKnobs()
        if isinstance(knob, PyScript_Knob | PythonKnob) and knob.value()
    ]


def _unknown_in_formulas(node: Any) -> list[str]:
    own = {node[f"temp_name{row}"].value() for row in ROWS} - {""}
    return [
        name
        for row in ROWS
        for field in (f"temp_expr{row}", f"expr{row}")
        if node[field].value()
        for name in _unknown(node, node[field].value(), own | COORDINATES | set(SHORT))
    ]


def _unknown(node: Any, expression: str, also: set[str]) -> list[str]:
    parsed = formula.parse(expression)
    found = [name for name in parsed.names if name not in also and not _is_known(node, name)]
    for command in parsed.commands:
        found += [name for name in tcl.names_in(f"[{command}]") if not _is_knob(node, name)]
    return found


def _is_known(node: Any, name: str) -> bool:
    try:
        names.NodeNames(node).name(name, None)
    except ExpressionError:
        return False
    return True


def _is_knob(node: Any, name: str) -> bool:
    """Whether there is such a knob, or such an input of the gizmo, connected or not."""
    if name.startswith("parent.input"):
        return bool(int(name.removeprefix("parent.input") or 0) < node.parent().maxInputs())
    try:
        names.find_knob(node, name)
    except LookupError:
        return False
    return True


def _calls_of_ours(tree: ast.Module) -> list[tuple[str, str]]:
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
