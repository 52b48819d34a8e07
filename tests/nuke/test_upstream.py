"""What of the script decides a picture, as a digest."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.nuke.seat import NODE
from tests.nuke.stand_in.desk import Desk, open_nuke


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_nuke(gui=False, plugin_path=(NODE,)) as desk:
        yield desk


def digest(node: Any, *facts: str) -> str:
    found: str = importlib.import_module("corridorkey_nuke.upstream").graph_digest([node], *facts)
    return found


def merged(nuke: Any, value: float = 1.0) -> Any:
    """Two constants, one behind a Multiply, merged; the Multiply obeys a NoOp by expression."""
    first, second = nuke.nodes.Constant(channels="rgb"), nuke.nodes.Constant(channels="rgba")
    control = nuke.nodes.NoOp()
    control.addKnob(nuke.Double_Knob("gain", "gain"))
    control["gain"].setValue(value)
    behind = nuke.nodes.Multiply(inputs=[second])
    behind["value"].setExpression(f"{control.name()}.gain")
    return nuke.nodes.Merge2(inputs=[first, behind])


def test_it_is_of_what_nodes_are_and_not_of_their_names_or_history(desk: Desk) -> None:
    nuke = desk.nuke
    plain = nuke.nodes.Multiply(inputs=[nuke.nodes.Constant()])
    nuke.nodes.Premult()
    again = nuke.nodes.Multiply(inputs=[nuke.nodes.Constant(name="Other")])
    assert digest(plain) == digest(again)
    assert digest(plain) != digest(plain, "another fact")


@pytest.mark.parametrize(
    "change",
    [
        lambda node: node["operation"].setValue("plus"),
        lambda node: node.input(1)["disable"].setValue(True),
        lambda node: node.input(1).input(0)["channels"].setValue("rgb"),
        lambda node: _swap(node),
        lambda node: node.setInput(0, node.input(1)),
        lambda node: node.setInput(1, None),
    ],
)
def test_every_change_is_another_one(desk: Desk, change: Callable[[Any], object]) -> None:
    node = merged(desk.nuke)
    before = digest(node)
    change(node)
    assert digest(node) != before


def _swap(node: Any) -> None:
    first, second = node.input(0), node.input(1)
    node.setInput(0, second)
    node.setInput(1, first)


def test_what_an_expression_refers_to_counts(desk: Desk) -> None:
    node = merged(desk.nuke)
    before = digest(node)
    desk.nuke.toNode("NoOp1")["gain"].setValue(0.5)
    assert digest(node) != before


def test_what_is_inside_a_group_counts(desk: Desk) -> None:
    nuke = desk.nuke
    group = nuke.nodes.Group()
    with group:
        inner = nuke.nodes.Multiply(inputs=[nuke.nodes.Input()])
        nuke.nodes.Output(inputs=[inner])
    group.setInput(0, nuke.nodes.Constant())
    before = digest(group)
    inner["value"].setValue(0.25)
    assert digest(group) != before


def test_nodes_that_refer_to_each_other_end(desk: Desk) -> None:
    nuke = desk.nuke
    first, second = nuke.nodes.Multiply(), nuke.nodes.Multiply()
    first["value"].setExpression(f"{second.name()}.mix")
    second["value"].setExpression(f"{first.name()}.mix")
    node = nuke.nodes.Merge2(inputs=[first, second])
    before = digest(node)
    second["mix"].setValue(0.5)
    assert digest(node) != before
