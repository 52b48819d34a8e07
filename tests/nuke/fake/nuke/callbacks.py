"""`nuke.addOnCreate` and its like, with Nuke's own defaults."""

from typing import Any as _Any

from tests.nuke.stand_in.callbacks import Callback as _Callback
from tests.nuke.stand_in.callbacks import add as _add
from tests.nuke.stand_in.callbacks import remove as _remove


def _callback(
    call: _Any, args: _Any, kwargs: _Any, node_class: str, node: _Any = None
) -> _Callback:
    return _Callback(call, tuple(args), dict(kwargs), node_class, node)


def addOnUserCreate(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    _add("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def removeOnUserCreate(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*"
) -> None:
    """No longer have `call` called."""
    _remove("OnUserCreate", _callback(call, args, kwargs, nodeClass))


def addOnCreate(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    _add("OnCreate", _callback(call, args, kwargs, nodeClass))


def removeOnCreate(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    _remove("OnCreate", _callback(call, args, kwargs, nodeClass))


def addOnScriptLoad(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """Have `call` called."""
    _add("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def removeOnScriptLoad(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    _remove("OnScriptLoad", _callback(call, args, kwargs, nodeClass))


def addOnScriptSave(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """Have `call` called."""
    _add("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def removeOnScriptSave(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    _remove("OnScriptSave", _callback(call, args, kwargs, nodeClass))


def addOnScriptClose(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """Have `call` called."""
    _add("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def removeOnScriptClose(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Root"
) -> None:
    """No longer have `call` called."""
    _remove("OnScriptClose", _callback(call, args, kwargs, nodeClass))


def addOnDestroy(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    _add("OnDestroy", _callback(call, args, kwargs, nodeClass))


def removeOnDestroy(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    _remove("OnDestroy", _callback(call, args, kwargs, nodeClass))


def addKnobChanged(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*", node: _Any = None
) -> None:
    """Have `call` called."""
    _add("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def removeKnobChanged(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*", node: _Any = None
) -> None:
    """No longer have `call` called."""
    _remove("KnobChanged", _callback(call, args, kwargs, nodeClass, node))


def addUpdateUI(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """Have `call` called."""
    _add("UpdateUI", _callback(call, args, kwargs, nodeClass))


def removeUpdateUI(call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "*") -> None:
    """No longer have `call` called."""
    _remove("UpdateUI", _callback(call, args, kwargs, nodeClass))


def addBeforeRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    _add("BeforeRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    _remove("BeforeRender", _callback(call, args, kwargs, nodeClass))


def addBeforeFrameRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    _add("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def removeBeforeFrameRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    _remove("BeforeFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterFrameRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    _add("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def removeAfterFrameRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    _remove("AfterFrameRender", _callback(call, args, kwargs, nodeClass))


def addAfterRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """Have `call` called."""
    _add("AfterRender", _callback(call, args, kwargs, nodeClass))


def removeAfterRender(
    call: _Any, args: _Any = (), kwargs: _Any = {}, nodeClass: str = "Write"
) -> None:
    """No longer have `call` called."""
    _remove("AfterRender", _callback(call, args, kwargs, nodeClass))
