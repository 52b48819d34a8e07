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


def addOnUserCreate(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    add("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def removeOnUserCreate(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    remove("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def addOnCreate(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    add("OnCreate", _callback(call, args, kwargs, nodeClass))


def removeOnCreate(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    remove("OnCreate", _callback(call, args, kwargs, nodeClass))


def addOnScriptLoad(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root") -> None:
    """Have `call` called."""
    add("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def removeOnScriptLoad(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    remove("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def addOnScriptSave(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root") -> None:
    """Have `call` called."""
    add("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def removeOnScriptSave(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    remove("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def addOnScriptClose(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root") -> None:
    """Have `call` called."""
    add("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def removeOnScriptClose(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    remove("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def addOnDestroy(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    add("OnDestroy", _callback(call, args, kwargs, nodeClass))


def removeOnDestroy(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    remove("OnDestroy", _callback(call, args, kwargs, nodeClass))


def addKnobChanged(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*", node: Any = None
) -> None:
    """Have `call` called."""
    add("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def removeKnobChanged(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*", node: Any = None
) -> None:
    """No longer have `call` called."""
    remove("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def addUpdateUI(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    add("UpdateUI", _callback(call, args, kwargs, nodeClass))


def removeUpdateUI(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    remove("UpdateUI", _callback(call, args, kwargs, nodeClass))


def addBeforeRender(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write") -> None:
    """Have `call` called."""
    add("BeforeRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    remove("BeforeRender", _callback(call, args, kwargs, nodeClass))


def addBeforeFrameRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    add("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeFrameRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    remove("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterFrameRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    add("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def removeAfterFrameRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    remove("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterRender(call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write") -> None:
    """Have `call` called."""
    add("AfterRender", _callback(call, args, kwargs, nodeClass))


def removeAfterRender(
    call: Any, args: Any = (), kwargs: Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    remove("AfterRender", _callback(call, args, kwargs, nodeClass))
