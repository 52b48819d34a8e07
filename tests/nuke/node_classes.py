"""The table of Nuke's node classes and knobs that we use, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).with_name("node_classes.yaml")


@dataclass(frozen=True)
class KnobFact:
    """A knob: its class, its default as a script has it, and the values of an enumeration."""

    name: str
    knob_class: str
    default: str
    values: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class NodeFact:
    """A node class: its knobs, the fewest and most inputs, the last of them perhaps a mask."""

    name: str
    knobs: dict[str, KnobFact]
    fewest: int
    most: int
    source: str
    mask: bool = False
    mask_at: int = 0
    by_file_type: dict[str, dict[str, KnobFact]] = field(default_factory=dict)


@cache
def node_classes() -> dict[str, NodeFact]:
    """All of the table, by class."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    every = {name: _knob(name, fact, "scan") for name, fact in table["every_node"].items()}
    return {name: _node(name, facts, every) for name, facts in table["classes"].items()}


@cache
def sources() -> dict[str, str]:
    """What the sources' names mean."""
    return dict(yaml.safe_load(TABLE.read_text(encoding="utf-8"))["sources"])


def _node(name: str, facts: dict[str, Any], every: dict[str, KnobFact]) -> NodeFact:
    own = {knob: _knob(knob, fact, facts["source"]) for knob, fact in facts["knobs"].items()}
    fewest, most = facts["inputs"]
    more = {
        file_type: {knob: _knob(knob, fact, facts["source"]) for knob, fact in knobs.items()}
        for file_type, knobs in facts.get("when_file_type", {}).items()
    }
    has_mask = facts.get("mask", False)
    mask_at = facts.get("mask_at", most) if has_mask else 0
    return NodeFact(name, every | own, fewest, most, facts["source"], has_mask, mask_at, more)


def _knob(name: str, fact: list[Any], source: str) -> KnobFact:
    knob_class, default, *more = fact
    values = tuple(str(one) for one in more[0]) if more and isinstance(more[0], list) else ()
    named = [one["from"] for one in more if isinstance(one, dict)]
    return KnobFact(name, knob_class, default, values, named[0] if named else source)
