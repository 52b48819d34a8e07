"""From nodes to a script's text. Only what differs from its default is written."""

from __future__ import annotations

from collections.abc import Iterable

from tests.nuke.script_text import quoted
from tests.nuke.stand_in import flags
from tests.nuke.stand_in.knobs import choices, layout, numbers, text
from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.make import NUMBERS
from tests.nuke.stand_in.nodes.group import Gizmo, Group
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.session import current

NEVER = ("selected",)
WRITE_ALL, WRITE_USER_KNOB_DEFS, WRITE_NON_DEFAULT_ONLY, TO_SCRIPT, TO_VALUE = 2, 4, 16, 1, 32


def script_text() -> str:
    """The whole script."""
    session = current()
    major, minor, release = session.version
    lines = [
        f"#! /usr/local/Nuke{major}.{minor}v{release}/Nuke{major}.{minor} -nx",
        f"version {major}.{minor} v{release}",
        _block("Root", [" inputs 0", *_knob_lines(session.root)]),
    ]
    lines += [
        "add_layer {" + " ".join((layer, *channels)) + "}"
        for layer, channels in session.root._layers.items()
    ]
    return "\n".join([*lines, *_nodes(session.root._children), ""])


def selection_text(nodes: Iterable[Node]) -> str:
    """Some nodes of one group, as they are copied and pasted."""
    return "\n".join(["set cut_paste_input [stack 0]", "version 15.1 v3", *_nodes(list(nodes)), ""])


def as_group(gizmo: Gizmo) -> str:
    """A gizmo as a group, with all that is in it, under a free name."""
    assert gizmo._parent is not None
    knobs = [one for one in _knob_lines(gizmo, everything=True) if not one.startswith(" name ")]
    name = gizmo._parent._free_name(gizmo.Class())
    head = _block("Group", [" inputs 0", f" name {name}", *knobs])
    return "\n".join([head, *_nodes(gizmo._children), "end_group", ""])


def knobs_text(node: Node, how: int = 0) -> str:
    """A node's knobs as its block in a script has them, or all of them."""
    lines = _knob_lines(node, everything=bool(how & WRITE_ALL))
    if not how & WRITE_USER_KNOB_DEFS:
        lines = [one for one in lines if not one.startswith(" addUserKnob")]
    return "\n".join(line.strip() for line in lines)


def _nodes(nodes: list[Node]) -> list[str]:
    lines: list[str] = []
    known: set[Node] = set()
    for node in _inputs_first(nodes):
        inputs = [node.input(at) for at in range(len(node._inputs))]
        while inputs and inputs[-1] is None:
            inputs.pop()
        lines += [f"push $N{id(one):x}" if one in known else "push 0" for one in reversed(inputs)]
        lines.append(_node(node, len(inputs)))
        lines.append(f"set N{id(node):x} [stack 0]")
        known.add(node)
    return lines


def _inputs_first(nodes: list[Node]) -> list[Node]:
    ordered: list[Node] = []
    for node in nodes:
        _visit(node, nodes, ordered)
    return ordered


def _visit(node: Node, nodes: list[Node], ordered: list[Node]) -> None:
    if node in ordered or node not in nodes:
        return
    for one in node._inputs:
        if one is not None:
            _visit(one, nodes, ordered)
    ordered.append(node)


def _node(node: Node, inputs: int) -> str:
    has_mask = node._fact.mask and inputs > node.optionalInput()
    count = f" inputs {inputs - 1}+1" if has_mask else f" inputs {inputs}"
    head = _block(node.Class(), [count, *_knob_lines(node)])
    if type(node) is not Group:
        return head
    return "\n".join([head, *_nodes(node._children), "end_group"])


def _block(name: str, lines: list[str]) -> str:
    return "\n".join([name + " {", *lines, "}"])


def _knob_lines(node: Node, *, everything: bool = False) -> list[str]:
    lines: list[str] = []
    is_gizmo = isinstance(node, Gizmo)
    defines = everything or not is_gizmo
    for knob in node._knobs.values():
        if knob._is_user and defines:
            lines.append(" addUserKnob {" + _definition(knob) + "}")
        if knob._flags & flags.DO_NOT_WRITE or knob._name in NEVER or not knob._name:
            continue
        if isinstance(knob, layout.Link_Knob) and not is_gizmo:
            continue  # the node that it is linked to is written itself
        if not _is_kept(knob, everything=everything):
            continue
        lines.append(f" {quoted(knob._name)} {knob._word()}")
    return lines


def _is_kept(knob: Knob, *, everything: bool) -> bool:
    if isinstance(knob, layout.Obsolete_Knob | text.Script_Knob):
        return False
    if isinstance(knob, layout.Text_Knob) and knob._is_user:
        return not knob._is_default()
    if everything and knob._is_user and not isinstance(knob, layout.Tab_Knob | layout.Link_Knob):
        return True
    return not knob._is_default() or bool(knob._flags & flags.BITS["ALWAYS_SAVE"])


def _definition(knob: Knob) -> str:
    words = [str(NUMBERS[type(knob)]), quoted(knob._name)]
    if knob._label != knob._name:
        words += ["l", quoted(knob._label)]
    if knob._tooltip:
        words += ["t", quoted(knob._tooltip)]
    if isinstance(knob, choices.Enumeration_Knob):
        words += ["M", "{" + " ".join(quoted(one) for one in knob._values) + "}"]
    if isinstance(knob, numbers.Array_Knob) and knob._range:
        words += ["R", *(f"{end:g}" for end in knob._range)]
    if isinstance(knob, layout.Link_Knob) and knob._target:
        words += ["T", quoted(knob._target)]
    if isinstance(knob, text.Script_Knob | layout.Text_Knob) and knob._text:
        words += ["T", quoted(knob._text)]
    if isinstance(knob, layout.Tab_Knob) and knob._tab_type:
        words += ["n", str(knob._tab_type)]
    words += [
        f"+{name}" for name, bit in flags.BITS.items() if knob._flags & bit and name != "ENDLINE"
    ]
    return " ".join(words)
