"""The table of node classes: each fact has a source, and the stand-in can do what it says."""

from __future__ import annotations

import pytest

from tests.nuke.node_classes import NodeFact, node_classes, sources
from tests.nuke.stand_in.desk import Desk
from tests.nuke.stand_in.knobs.make import CLASSES
from tests.nuke.stand_in.pixels import load_operations
from tests.nuke.stand_in.pixels.compute import OPERATIONS

STRUCTURE = {"Input", "Group", "Root"}  # worked out without an operation of their own
FACTS = list(node_classes().values())


def all_knobs(fact: NodeFact) -> list[tuple[str, str, str]]:
    by_type = [one for knobs in fact.by_file_type.values() for one in knobs.values()]
    return [(one.name, one.knob_class, one.source) for one in (*fact.knobs.values(), *by_type)]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_knob_has_a_class_and_a_source(fact: NodeFact) -> None:
    assert fact.source in sources()
    for name, knob_class, source in all_knobs(fact):
        assert knob_class in CLASSES, name
        assert source in sources(), name


def test_every_source_is_used_and_says_where() -> None:
    used = {fact.source for fact in FACTS}
    used |= {source for fact in FACTS for _, _, source in all_knobs(fact)}
    assert set(sources()) - used == set()
    assert all("http" in where or "saved scripts" in where for where in sources().values())


def test_every_class_is_worked_out() -> None:
    load_operations()
    assert set(node_classes()) - STRUCTURE - set(OPERATIONS) == set()
    assert set(OPERATIONS) - set(node_classes()) == set()


@pytest.mark.parametrize("name", sorted(set(node_classes()) - {"Root"}))
def test_a_fresh_node_has_its_defaults_and_nothing_to_write(name: str, nuke_gui: Desk) -> None:
    node = nuke_gui.nuke.createNode(name)
    fact = node_classes()[name]
    assert node.Class() == name
    assert node.minInputs() == fact.fewest
    for knob in fact.knobs.values():
        assert node.knob(knob.name, False) is not None
    written = {line.split()[0] for line in node.writeKnobs().splitlines()}
    assert written <= {"name"}


@pytest.mark.parametrize("name", sorted(set(node_classes()) - {"Root"}))
def test_an_enumeration_takes_each_of_its_values(name: str, nuke_gui: Desk) -> None:
    node = nuke_gui.nuke.createNode(name)
    for knob in node_classes()[name].knobs.values():
        for value in knob.values:
            node[knob.name].setValue(value.split("\t")[0])
            assert node[knob.name].value() == value.split("\t")[0]
