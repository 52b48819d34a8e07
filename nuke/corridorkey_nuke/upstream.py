"""What a picture is made of in the script: nodes, their knobs, the files they read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import nuke

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
    mask = nuke.INPUTS | nuke.HIDDEN_INPUTS | nuke.EXPRESSIONS
    pending, found = list(nodes), dict[str, nuke.Node]()
    while pending:
        node = pending.pop(0)
        if node.fullName() in found:
            continue
        found[node.fullName()] = node
        pending += node.dependencies(mask)
        if node.Class() == "Group" and isinstance(node, nuke.Group):
            pending += node.nodes()
    return [node for node in found.values() if node.Class() != "Root"]


def graph_digest(nodes: Iterable[nuke.Node], *facts: str) -> str:
    """Text that changes whenever a node above changes, or one of `facts` does."""
    hashed = hashlib.sha256("\0".join(facts).encode())
    for node in upstream(nodes):
        for line in _lines(node):
            hashed.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return hashed.hexdigest()[:12]


def _lines(node: nuke.Node) -> Iterator[str]:
    """What a node is: its class, its inputs, and its knobs as a script has them."""
    inputs = [node.input(index) for index in range(node.inputs())]
    yield f"{node.Class()} {[one.Class() if one else None for one in inputs]}"
    for name, knob in sorted(node.knobs().items()):
        if name not in COSMETIC:
            yield f"{name} {knob.toScript()}"


def files_of(nodes: Iterable[nuke.Node], frame: int) -> list[str]:
    """The files that a frame is read from, each with its size and time; retimes are followed."""
    found = []
    for node in nodes:
        dependencies: Any = node.fileDependencies(frame, frame)
        for _reader, files in dependencies:
            found += [f"{file} {_facts(file)}" for file in files]
    return sorted(found)


def _facts(file: str) -> str:
    try:
        facts = Path(file).stat()
    except OSError:
        return "missing"
    return f"{facts.st_size} {facts.st_mtime_ns}"


def shifts_time(nodes: Iterable[nuke.Node]) -> bool:
    """Whether one of these nodes shows another frame than it is asked for."""
    return any(node.Class() in TIME_SHIFTS for node in nodes)
