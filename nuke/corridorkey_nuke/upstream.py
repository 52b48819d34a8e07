"""What a picture is made of in the script: nodes, their knobs, the files they read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nuke
from corridorkey_plugin.file_state import state_of

COSMETIC = {
    "name",
    "label",
    "autolabel",
    "xpos",
    "ypos",
    "selected",
    "hide_input",
    "note_font",
    "note_font_size",
    "note_font_color",
    "tile_color",
    "gl_color",
    "icon",
    "indicators",
    "bookmark",
    "postage_stamp",
    "postage_stamp_frame",
    "dope_sheet",
    "cached",
    "help",
    "panel",
    "rootNodeUpdated",
    "reload",
    "version",  # of a Read: how often it was reloaded; its files are looked at anyway
    "file_menu",
    "cacheLocal",
    "localizationPolicy",
}
"""Knobs that change no picture."""
TIME_SHIFTS = (
    "AppendClip",
    "FrameBlend",
    "FrameHold",
    "Kronos",
    "OFlow2",
    "Retime",
    "TemporalMedian",
    "TimeBlur",
    "TimeClip",
    "TimeEcho",
    "TimeOffset",
    "TimeWarp",
)


def upstream(nodes: Iterable[nuke.Node]) -> list[nuke.Node]:
    """Nodes and all that they take something from, by pipe or by expression, groups' insides too.

    Nearest first; each once.
    """
    pending, found = list(nodes), dict[str, nuke.Node]()
    while pending:
        node = pending.pop(0)
        if node.fullName() not in found:
            found[node.fullName()] = node
            pending += _made_of(node)
    return list(found.values())


def graph_digest(nodes: Iterable[nuke.Node], *facts: str) -> str:
    """Text that changes whenever a node above changes, or one of `facts` does.

    Neither what nodes are called nor the order in which Nuke lists them has a part in it.
    """
    asked = list(nodes)
    made = _digests(asked)
    parts = [*facts, *(made[node.fullName()] for node in asked)]
    return _hashed(parts)[:12]


def _digests(nodes: Iterable[nuke.Node]) -> dict[str, str]:
    """A digest for each node, made of its own text and of the digests of what is above it."""
    made: dict[str, str] = {}
    begun: set[str] = set()
    stack = list(nodes)
    while stack:
        node, name = stack[-1], stack[-1].fullName()
        above = _made_of(node)
        waiting = [one for one in above if one.fullName() not in made]
        if name not in made and name not in begun and waiting:
            begun.add(name)
            stack += waiting
            continue
        # What is still waited for is above itself, by expressions; it is there by its own text.
        made.setdefault(name, _digest(node, above, made))
        stack.pop()
    return made


def _digest(node: nuke.Node, above: Iterable[nuke.Node], made: Mapping[str, str]) -> str:
    inputs = [node.input(index) for index in range(node.inputs())]
    piped = [made.get(one.fullName(), "") if one else "none" for one in inputs]
    others = sorted(made.get(one.fullName(), "") for one in above)
    return _hashed([*_lines(node), *piped, *others])


def _made_of(node: nuke.Node) -> list[nuke.Node]:
    """The nodes that a node takes something from, and those inside it; the root is none."""
    found = node.dependencies(nuke.INPUTS | nuke.HIDDEN_INPUTS | nuke.EXPRESSIONS)
    inside = node.nodes() if node.Class() == "Group" and isinstance(node, nuke.Group) else []
    return [one for one in (*found, *inside) if one.Class() != "Root"]


def _lines(node: nuke.Node) -> Iterator[str]:
    """What a node is by itself: its class, and its knobs as a script has them."""
    yield node.Class()
    for name, knob in sorted(node.knobs().items()):
        if name not in COSMETIC:
            yield f"{name} {knob.toScript()}"


def _hashed(parts: Iterable[str]) -> str:
    text = "\0".join(parts)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def files_of(nodes: Iterable[nuke.Node], frame: int) -> list[str]:
    """The files that a frame is read from, each with its size and time; retimes are followed."""
    found = []
    for node in nodes:
        dependencies: Any = node.fileDependencies(frame, frame)
        for _reader, files in dependencies:
            found += [f"{file} {state_of(Path(file))}" for file in files]
    return sorted(found)


def shifts_time(nodes: Iterable[nuke.Node]) -> bool:
    """Whether one of these nodes shows another frame than it is asked for."""
    return any(node.Class() in TIME_SHIFTS for node in nodes)
