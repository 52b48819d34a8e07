"""The few TCL commands that a gizmo's texts use; any other is refused, as a typing error would be.

Facts: "Nuke tcl commands" (http://nukepedia.com/reference/Tcl/group__tcl__builtin.html) and TCL's
own `file`, `string`, `expr` and `if`.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.nuke.script_text import commands
from tests.nuke.stand_in.brackets import closing

if TYPE_CHECKING:
    from tests.nuke.stand_in.nodes.node import Node


class TclError(RuntimeError):
    """A command that there is none of, or that failed."""


def substituted(text: str, node: Node) -> str:
    """A text with its commands in brackets run, and its backslashes taken away."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            found.append(text[at + 1])
            at += 2
        elif text[at] == "[":
            end = _closing(text, at)
            found.append(run(text[at + 1 : end], node))
            at = end + 1
        else:
            found.append(text[at])
            at += 1
    return "".join(found)


def run(script: str, node: Node) -> str:
    """The result of the last command of a script."""
    result = ""
    for command in commands(script):
        arguments = [word.text if word.braced else substituted(word.text, node) for word in command]
        result = _run_one(arguments, node)
    return result


def names_in(script: str) -> list[str]:
    """The knobs that a text's commands name, so that a test can look them up."""
    found: list[str] = []
    for start in (at for at, one in enumerate(script) if one == "["):
        inner = script[start + 1 : _closing(script, start)]
        command = [word.text for word in commands(inner)[0]] if commands(inner) else []
        if len(command) > 1 and command[0] in ("value", "knob", "numvalue", "exists"):
            found.append(command[1])
    return found


def _run_one(command: list[str], node: Node) -> str:
    name, *arguments = command
    if name not in COMMANDS:
        raise TclError(f'invalid command name "{name}"')
    return COMMANDS[name](arguments, node)


def _value(arguments: list[str], node: Node) -> str:
    from tests.nuke.stand_in.names import find_knob

    try:
        knob = find_knob(node, arguments[0])
    except LookupError as error:
        if len(arguments) > 1:
            return arguments[1]
        raise TclError(f"{arguments[0]}: {error}") from None
    return knob.text_value()


def _knob(arguments: list[str], node: Node) -> str:
    from tests.nuke.stand_in.names import find_knob

    if len(arguments) != 1:
        raise TclError("knob sets nothing while a text is evaluated")
    return find_knob(node, arguments[0]).node_knob.toScript()


def _exists(arguments: list[str], node: Node) -> str:
    from tests.nuke.stand_in.names import is_there

    return str(int(is_there(node, arguments[0])))


def _expression(arguments: list[str], node: Node) -> str:
    from tests.nuke.stand_in.curves import number_text

    return number_text(node._evaluate(" ".join(arguments)))


def _if(arguments: list[str], node: Node) -> str:
    condition, yes, *rest = arguments
    if node._evaluate(substituted(condition, node)):
        return run(yes, node)
    others = [one for one in rest if one != "else"]
    return run(others[0], node) if others else ""


def _file(arguments: list[str], node: Node) -> str:  # noqa: ARG001
    how, *paths = arguments
    functions: dict[str, Callable[[str], str]] = {
        "dirname": lambda path: posixpath.dirname(path) or ".",
        "tail": posixpath.basename,
        "rootname": lambda path: posixpath.splitext(path)[0],
        "extension": lambda path: posixpath.splitext(path)[1],
        "exists": lambda path: str(int(os.path.exists(path))),  # noqa: PTH110
    }
    if how == "join":
        return posixpath.join(*paths)
    if how not in functions:
        raise TclError(f'bad option "{how}"')
    return functions[how](paths[0])


def _string(arguments: list[str], node: Node) -> str:  # noqa: ARG001
    how, *texts = arguments
    if how == "equal":
        return str(int(texts[0] == texts[1]))
    functions: dict[str, Callable[[str], str]] = {
        "tolower": str.lower,
        "toupper": str.upper,
        "trim": str.strip,
        "length": lambda text: str(len(text)),
    }
    if how not in functions:
        raise TclError(f'bad option "{how}"')
    return functions[how](texts[0])


def _return(arguments: list[str], node: Node) -> str:  # noqa: ARG001
    return arguments[0] if arguments else ""


def _frame(arguments: list[str], node: Node) -> str:  # noqa: ARG001
    from tests.nuke.stand_in.curves import number_text
    from tests.nuke.stand_in.session import current

    return number_text(current().moment.frame)


def _getenv(arguments: list[str], node: Node) -> str:  # noqa: ARG001
    if arguments[0] in os.environ:
        return os.environ[arguments[0]]
    if len(arguments) > 1:
        return arguments[1]
    raise TclError(f"{arguments[0]}: no such variable")


COMMANDS: dict[str, Callable[[list[str], Node], str]] = {
    "value": _value,
    "knob": _knob,
    "exists": _exists,
    "expression": _expression,
    "expr": _expression,
    "if": _if,
    "file": _file,
    "string": _string,
    "return": _return,
    "frame": _frame,
    "getenv": _getenv,
}


def _closing(text: str, at: int) -> int:
    place = closing(text, at)
    if place is None:
        raise TclError(f"missing close-bracket: {text!r}")
    return place
