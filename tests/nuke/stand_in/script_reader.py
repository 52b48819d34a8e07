"""From a script's text to nodes: a machine with a stack, as Nuke's own reader is.

Each node takes as many from the stack as it has inputs, the top one being input 0, and puts itself
there. A gizmo is read the same way, from its own file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.nuke.script_text import ScriptSyntaxError, Word, commands, split_list, words
from tests.nuke.stand_in import callbacks, channel_names
from tests.nuke.stand_in.knobs.make import keep_as_default, user_knob
from tests.nuke.stand_in.nodes.group import Group
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.session import current

IGNORED = ("version", "define_window_layout_xml")
INPUTS = re.compile(r"(\d+)(?:\+(\d+))?")


@dataclass
class _Machine:
    groups: list[Group]
    stacks: list[list[Node | None]] = field(default_factory=lambda: [[]])
    variables: dict[str, Node | None] = field(default_factory=dict)
    made: list[Node] = field(default_factory=list)

    @property
    def stack(self) -> list[Node | None]:
        return self.stacks[-1]

    def top(self) -> Node | None:
        return self.stack[-1] if self.stack else None


def read_script(text: str, group: Group) -> list[Node]:
    """Make the nodes of a text in a group; returns those that are directly in it.

    Raises `ScriptSyntaxError` for what is no TCL, and `RuntimeError` for classes or knobs that
    there are none of.
    """
    machine = _Machine([group])
    for command in commands(text):
        _run(command, machine)
    if len(machine.groups) > 1:
        raise RuntimeError(f"end_group is missing for {machine.groups[-1].fullName()}")
    return [node for node in machine.made if node._parent is group]


def read_knobs(node: Node, text: str) -> tuple[str, list[str]]:
    """Take knobs from the text between a node's braces; its inputs' text, and what was set."""
    parts = words(text)
    inputs, found = "", []
    if len(parts) % 2:
        raise RuntimeError(f"{node.Class()}: {parts[-1].text!r} has no value")
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        if value.substitutes:
            raise RuntimeError(
                f"{node.Class()}.{name.text}: {value.text!r} would be run while the script loads; "
                "write \\[ and \\$"
            )
        if name.text == "inputs":
            inputs = value.text
        elif name.text == "addUserKnob":
            node._add(user_knob(value.text))
        else:
            _set(node, name.text, value)
            found.append(name.text)
    return inputs, found


def _set(node: Node, name: str, value: Word) -> None:
    knob = node._own_knob(name)
    if knob is None:
        raise current().refuse(RuntimeError, f"{node.Class()} has no knob {name!r}")
    try:
        knob._from_text(value.text)
    except (ValueError, TypeError) as error:
        raise RuntimeError(f"{node.Class()}.{name} {value.text!r}: {error}") from error
    node._file_type_was_set(name)


def _run(command: list[Word], machine: _Machine) -> None:
    name = command[0].text
    if name in IGNORED:
        return
    if name in COMMANDS:
        COMMANDS[name](command, machine)
    elif len(command) == 2 and command[1].braced:
        _make(name, command[1].text, machine)
    else:
        raise current().refuse(RuntimeError, f"{name}: Unknown command")


def _set_variable(command: list[Word], machine: _Machine) -> None:
    match = re.fullmatch(r"\[stack (\d+)\]", command[2].text)
    if match is None:
        raise RuntimeError(f"set {command[1].text} {command[2].text}: only [stack N] is known")
    place = int(match[1])
    stack = machine.stack
    machine.variables[command[1].text] = stack[-1 - place] if place < len(stack) else None


def _push(command: list[Word], machine: _Machine) -> None:
    name = command[1].text
    if name == "0":
        machine.stack.append(None)
    elif name.startswith("$") and name[1:] in machine.variables:
        machine.stack.append(machine.variables[name[1:]])
    else:
        raise RuntimeError(f"push {name}: there is no such variable")


def _end_group(command: list[Word], machine: _Machine) -> None:  # noqa: ARG001
    if len(machine.groups) < 2:
        raise RuntimeError("end_group without a group")
    machine.groups.pop()
    machine.stacks.pop()


def _add_layer(command: list[Word], machine: _Machine) -> None:  # noqa: ARG001
    layer, *channels = split_list(command[1].text)
    channel_names.add_layer(layer, tuple(channels))


def _root(command: list[Word], machine: _Machine) -> None:  # noqa: ARG001
    root = current().root
    if not isinstance(root, Group):
        raise RuntimeError("there is no root")
    read_knobs(root, command[1].text)


def _clone(command: list[Word], machine: _Machine) -> None:
    raise NotImplementedError("the stand-in makes no clones")


COMMANDS = {
    "set": _set_variable,
    "push": _push,
    "end_group": _end_group,
    "add_layer": _add_layer,
    "Root": _root,
    "clone": _clone,
}


def _make(class_name: str, text: str, machine: _Machine) -> None:
    from tests.nuke.stand_in.make_node import new_node

    node = new_node(class_name, machine.groups[-1])
    inputs, found = read_knobs(node, text)
    _connect(node, inputs, machine)
    if "name" not in found:
        node.setName(machine.groups[-1]._free_name(class_name))
    else:
        _settle_name(node, machine.groups[-1])
    machine.made.append(node)
    machine.stack.append(node)
    if type(node) is Group:
        machine.groups.append(node)
        machine.stacks.append([])
    callbacks.run("OnCreate", node)


def _settle_name(node: Node, group: Group) -> None:
    name = node.name()
    if any(one is not node and one._name_is(name) for one in group._children):
        node._knobs["name"]._from_text(group._free_name(name.rstrip("0123456789")))


def _connect(node: Node, inputs: str, machine: _Machine) -> None:
    match = INPUTS.fullmatch(inputs or "1")
    if match is None:
        raise RuntimeError(f"{node.Class()}: inputs {inputs!r} is not understood")
    regular, optional = int(match[1]), int(match[2] or 0)
    if not inputs and isinstance(node, Group):
        regular = min(1, node.maxInputs()) if type(node) is not Group else 1
    if node._fact.most == 0 and regular and not isinstance(node, Group):
        raise RuntimeError(f"{node.Class()} takes no inputs; a script says so by `inputs 0`")
    places = _places(node, regular, optional)
    for place in places:
        taken = machine.stack.pop() if machine.stack else None
        if taken is None:
            continue
        if type(node) is Group:  # its input nodes come only now
            node._inputs += [None] * (place + 1 - len(node._inputs))
            node._inputs[place] = taken
        elif not node.setInput(place, taken):
            raise RuntimeError(f"{node.fullName()}: input {place} cannot be connected")


def _places(node: Node, regular: int, optional: int) -> list[int]:
    """Which inputs are taken from the stack, in order; a mask only where `N+1` says so."""
    if not node._fact.mask or optional:
        return list(range(regular + optional))
    mask = node.optionalInput()
    return [place for place in range(regular + 1) if place != mask][:regular]


def read_gizmo(node: Group, text: str, source: str) -> None:
    """Fill a gizmo from its file: its own knobs and defaults, and the nodes in it."""
    found = commands(text)
    at = next((i for i, one in enumerate(found) if one[0].text == "Gizmo"), None)
    if at is None or found[-1][0].text != "end_group":
        raise RuntimeError(f"{source}: a gizmo begins with Gizmo {{...}} and ends with end_group")
    try:
        _fill(node, found, at)
    except ScriptSyntaxError as error:
        raise RuntimeError(f"{source}: {error}") from error


def _fill(node: Group, found: list[list[Word]], at: int) -> None:
    machine = _Machine([node])
    for command in found[:at]:
        _run(command, machine)
    read_knobs(node, found[at][1].text)
    for command in found[at + 1 : -1]:
        _run(command, machine)
    for knob in node._knobs.values():
        keep_as_default(knob)
