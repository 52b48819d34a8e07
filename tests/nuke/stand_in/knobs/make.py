"""Knobs from the table's facts, and from `addUserKnob` in a script's text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.nuke.node_classes import KnobFact
from tests.nuke.script_text import Word, split_list, words
from tests.nuke.stand_in import flags
from tests.nuke.stand_in.knobs import channels, choices, layout, numbers, text, views
from tests.nuke.stand_in.knobs.base import Knob

CLASSES: dict[str, type[Knob]] = {
    kind.__name__: kind
    for module in (channels, choices, layout, numbers, text, views)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Knob)
}
# Saved scripts with addUserKnob of each kind; see `sources: saved` in node_classes.yaml.
USER_KNOBS: dict[int, type[Knob]] = {
    1: text.String_Knob,
    2: text.File_Knob,
    3: numbers.Int_Knob,
    4: choices.Enumeration_Knob,
    6: numbers.Boolean_Knob,
    7: numbers.Double_Knob,
    12: numbers.XY_Knob,
    14: numbers.WH_Knob,
    18: numbers.Color_Knob,
    19: numbers.AColor_Knob,
    20: layout.Tab_Knob,
    22: text.PyScript_Knob,
    26: layout.Text_Knob,
    30: choices.Pulldown_Knob,
    41: layout.Link_Knob,
    43: text.Multiline_Eval_String_Knob,
}
NUMBERS = {kind: number for number, kind in USER_KNOBS.items()}


def knob_of(fact: KnobFact) -> Knob:
    """A knob as the table tells of it, with its default."""
    kind = CLASSES[fact.knob_class]
    arguments: tuple[Any, ...] = (list(fact.values),) if fact.values else ()
    knob = kind(fact.name, None, *arguments)
    if fact.default:
        knob._from_text(fact.default)
    keep_as_default(knob)
    return knob


def keep_as_default(knob: Knob) -> None:
    """Take the value it has for its default."""
    become: Callable[[], None] | None = getattr(knob, "_become_default", None)
    if become is not None:
        become()


def user_knob(definition: str) -> Knob:
    """A knob from the words after `addUserKnob`; raises `ValueError` for what is not known."""
    parts = words(definition)
    kind = USER_KNOBS.get(int(parts[0].text))
    if kind is None:
        raise ValueError(f"addUserKnob {{{definition}}}: no kind {parts[0].text} is known")
    name, rest = (parts[1].text, parts[2:]) if len(parts) > 1 else ("", [])
    knob = kind(name)
    knob._is_user = True
    _apply(knob, rest, definition)
    return knob


def _apply(knob: Knob, rest: list[Word], definition: str) -> None:
    at = 0
    while at < len(rest):
        key = rest[at].text
        if key[:1] in "+-" and key[1:] in flags.IN_SCRIPTS:
            flag = flags.IN_SCRIPTS[key[1:]]
            knob._flags = knob._flags | flag if key[0] == "+" else knob._flags & ~flag
            at += 1
            continue
        if key not in OPTIONS or at + 1 == len(rest):
            raise ValueError(f"addUserKnob {{{definition}}}: {key!r} is not known")
        value, at = rest[at + 1].text, at + 2
        if key == "R":
            knob.setRange(float(value), float(rest[at].text))  # type: ignore[attr-defined]
            at += 1
        else:
            OPTIONS[key](knob, value)


def _set_label(knob: Knob, value: str) -> None:
    knob._label = value


def _set_tooltip(knob: Knob, value: str) -> None:
    knob._tooltip = value


def _set_values(knob: Knob, value: str) -> None:
    if not isinstance(knob, choices.Enumeration_Knob):
        raise ValueError(f"{knob.name()} takes no values")
    knob._values = [one for one in split_list(value) if one]


def _set_text(knob: Knob, value: str) -> None:
    if isinstance(knob, layout.Link_Knob):
        knob._target = value
    elif isinstance(knob, text.String_Knob):
        knob._text = value
        knob._become_default()
    else:
        raise ValueError(f"{knob.name()} takes no text")


def _set_group(knob: Knob, value: str) -> None:
    if not isinstance(knob, layout.Tab_Knob):
        raise ValueError(f"{knob.name()} is no tab")
    knob._tab_type = int(value)
    knob._is_open = int(value) == layout.TABBEGINGROUP


OPTIONS: dict[str, Callable[[Knob, str], None]] = {
    "l": _set_label,
    "t": _set_tooltip,
    "M": _set_values,
    "T": _set_text,
    "n": _set_group,
    "R": lambda _knob, _value: None,
}
