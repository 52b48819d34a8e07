"""What Nuke calls of its own: `addOnCreate` and its like, and code kept in knobs.

A class for each event is not needed: each is a list of (call, args, kwargs, class, node). Defaults
of `nodeClass` are Nuke's: "Write" for the four of rendering, "*" or "Root" for the others (Foundry,
Python developers' guide, Callbacks). Code in a node's knob runs before what was added by Python.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.nuke.stand_in.session import current

if TYPE_CHECKING:
    from tests.nuke.stand_in.knobs.base import Knob
    from tests.nuke.stand_in.nodes.node import Node

EVENTS = {
    "OnUserCreate": "*",
    "OnCreate": "*",
    "OnScriptLoad": "Root",
    "OnScriptSave": "Root",
    "OnScriptClose": "Root",
    "OnDestroy": "*",
    "KnobChanged": "*",
    "UpdateUI": "*",
    "BeforeRender": "Write",
    "BeforeFrameRender": "Write",
    "AfterFrameRender": "Write",
    "AfterRender": "Write",
}


@dataclass(frozen=True)
class Callback:
    """One that was added."""

    call: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(hash=False)
    node_class: str = "*"
    node: object = None

    def is_for(self, node: Node) -> bool:
        """Whether it was added for such a node."""
        return self.node_class in ("*", node.Class()) and self.node in (None, node)


def add(event: str, callback: Callback) -> None:
    """Add one, once."""
    current().require_main(f"nuke.add{event}")
    known = current().callbacks.setdefault(event, [])
    if callback not in known:
        known.append(callback)


def remove(event: str, callback: Callback) -> None:
    """Remove one that was added with the same arguments."""
    current().require_main(f"nuke.remove{event}")
    known = current().callbacks.get(event, [])
    if callback in known:
        known.remove(callback)


def run(event: str, node: Node, knob: Knob | None = None) -> None:
    """Run the node's own code for an event, then what was added."""
    session = current()
    name = event[0].lower() + event[1:]
    with session.running_for(node, knob), _counted(event):
        own = node._own_knob(name)
        if own is not None and own._text_of_code():
            run_code(own._text_of_code(), node)
        for callback in tuple(session.callbacks.get(event, ())):
            if callback.is_for(node):
                callback.call(*callback.args, **callback.kwargs)


@contextmanager
def _counted(event: str) -> Iterator[None]:
    """While these run Nuke is busy, and renders nothing else."""
    is_busy = event in ("KnobChanged", "UpdateUI", "OnCreate", "OnDestroy")
    current().changing += is_busy
    try:
        yield
    finally:
        current().changing -= is_busy


def run_code(code: str, node: Node) -> None:
    """Run Python kept in a knob: with `nuke` there, inside the node if it is a group."""
    session = current()
    session.groups.append(node._inside or node._parent or session.root)
    try:
        exec(  # as Nuke does
            compile(code, f"<{node.name()}>", "exec"), {"nuke": importlib.import_module("nuke")}
        )
    finally:
        session.groups.pop()
