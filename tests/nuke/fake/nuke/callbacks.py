"""`nuke.addOnCreate` and its like, with Nuke's own defaults."""

from __future__ import annotations

from typing import Any

from tests.nuke.stand_in.callbacks import Callback, add, remove

__all__ = [
    "addAfterFrameRender",
    "addAfterRender",
    "addBeforeFrameRender",
    "addBeforeRender",
    "addKnobChanged",
    "addOnCreate",
    "addOnDestroy",
    "addOnScriptClose",
    "addOnScriptLoad",
    "addOnScriptSave",
    "addOnUserCreate",
    "addUpdateUI",
    "removeAfterFrameRender",
    "removeAfterRender",
    "removeBeforeFrameRender",
    "removeBeforeRender",
    "removeKnobChanged",
    "removeOnCreate",
    "removeOnDestroy",
    "removeOnScriptClose",
    "removeOnScriptLoad",
    "removeOnScriptSave",
    "removeOnUserCreate",
    "removeUpdateUI",
]


def _callback(call: Any, args: Any, kwargs: Any, node_class: str, node: Any = None) -> Callback:
    return Callback(call, tuple(args), dict(kwargs), node_class, node)


def addOnUserCreate(call, args=(), kwargs={}, nodeClass="*") -> None:
    """Have `call` called."""
    add("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def removeOnUserCreate(call, args=(), kwargs={}, nodeClass="*") -> None:
    """No longer have `call` called."""
    remove("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def addOnCreate(call, args=(), kwargs={}, nodeClass="*") -> None:
    """Have `call` called."""
    add("OnCreate", _callback(call, args, kwargs, nodeClass))


def removeOnCreate(call, args=(), kwargs={}, nodeClass="*") -> None:
    """No longer have `call` called."""
    remove("OnCreate", _callback(call, args, kwargs, nodeClass))


def addOnScriptLoad(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """Have `call` called."""
    add("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def removeOnScriptLoad(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """No longer have `call` called."""
    remove("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def addOnScriptSave(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """Have `call` called."""
    add("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def removeOnScriptSave(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """No longer have `call` called."""
    remove("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def addOnScriptClose(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """Have `call` called."""
    add("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def removeOnScriptClose(call, args=(), kwargs={}, nodeClass="Root") -> None:
    """No longer have `call` called."""
    remove("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def addOnDestroy(call, args=(), kwargs={}, nodeClass="*") -> None:
    """Have `call` called."""
    add("OnDestroy", _callback(call, args, kwargs, nodeClass))


def removeOnDestroy(call, args=(), kwargs={}, nodeClass="*") -> None:
    """No longer have `call` called."""
    remove("OnDestroy", _callback(call, args, kwargs, nodeClass))


def addKnobChanged(call, args=(), kwargs={}, nodeClass="*", node=None) -> None:
    """Have `call` called."""
    add("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def removeKnobChanged(call, args=(), kwargs={}, nodeClass="*", node=None) -> None:
    """No longer have `call` called."""
    remove("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def addUpdateUI(call, args=(), kwargs={}, nodeClass="*") -> None:
    """Have `call` called."""
    add("UpdateUI", _callback(call, args, kwargs, nodeClass))


def removeUpdateUI(call, args=(), kwargs={}, nodeClass="*") -> None:
    """No longer have `call` called."""
    remove("UpdateUI", _callback(call, args, kwargs, nodeClass))


def addBeforeRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """Have `call` called."""
    add("BeforeRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """No longer have `call` called."""
    remove("BeforeRender", _callback(call, args, kwargs, nodeClass))


def addBeforeFrameRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """Have `call` called."""
    add("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeFrameRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """No longer have `call` called."""
    remove("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterFrameRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """Have `call` called."""
    add("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def removeAfterFrameRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """No longer have `call` called."""
    remove("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """Have `call` called."""
    add("AfterRender", _callback(call, args, kwargs, nodeClass))


def removeAfterRender(call, args=(), kwargs={}, nodeClass="Write") -> None:
    """No longer have `call` called."""
    remove("AfterRender", _callback(call, args, kwargs, nodeClass))
