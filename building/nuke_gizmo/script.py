"""Nodes as the text of a Nuke script: a stack machine in TCL words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

BARE = re.compile(r"[A-Za-z0-9_./%:+-]+")


@dataclass(frozen=True)
class Node:
    """One node: its class, name, inputs (None where nothing is connected) and knobs.

    A knob's value is written as it is, so it is made by `word`, `expression` or the like. `inside`
    makes it a group, whose own nodes these are; `own` are lines that add knobs, before all others.
    """

    kind: str
    name: str
    inputs: tuple[str | None, ...] = ()
    knobs: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    inside: tuple[Node, ...] = ()


def word(text: str) -> str:
    """A text as one TCL word, in which nothing is evaluated when the script is read."""
    if BARE.fullmatch(text):
        return text
    for mark in '\\"[$':
        text = text.replace(mark, f"\\{mark}")
    return '"' + text.replace("\n", "\\n") + '"'


def expression(*parts: str) -> str:
    """A knob's value of one expression a component; what is in brackets is TCL, done live."""
    return "{" + " ".join("{" + word(part) + "}" for part in parts) + "}"


def lines(nodes: Iterable[Node], depth: int = 1) -> list[str]:
    """The lines that make nodes, each after those that it takes its inputs from."""
    made: list[str] = []
    for node in nodes:
        made += [f"push {f'$N{one}' if one else 0}" for one in reversed(node.inputs)]
        made += _of_node(node)
        made.append(f"set N{node.name} [stack 0]")
    return [" " * depth + line for line in made]


def _of_node(node: Node) -> list[str]:
    inputs = [] if len(node.inputs) == 1 else [f"inputs {len(node.inputs)}"]
    values = (f"{name} {text}" for name, text in node.knobs.items())
    knobs = [f"name {node.name}", *node.own, *values]
    made = [f"{node.kind} {{", *(f" {line}" for line in (*inputs, *knobs)), "}"]
    if node.inside:
        made += [*lines(node.inside), "end_group"]
    return made
