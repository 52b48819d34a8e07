"""A number that changes whenever a node's picture does: Nuke's hash of an op."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.nuke.stand_in.knobs.base import Knob
from tests.nuke.stand_in.knobs.numbers import Array_Knob
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.frames import sources_of
from tests.nuke.stand_in.pixels.time_operations import input_frame
from tests.nuke.stand_in.session import current

COSMETIC = {
    "name", "help", "xpos", "ypos", "selected", "label", "note_font", "note_font_size",
    "note_font_color", "tile_color", "gl_color", "icon", "indicators", "hide_input", "cached",
    "bookmark", "dope_sheet", "postage_stamp", "postage_stamp_frame", "knobChanged", "onCreate",
    "onDestroy", "updateUI", "autolabel", "panel",
}  # fmt: skip


def identity(node: Node) -> int:
    """The hash of a node at the frame and view that are looked at."""
    session = current()
    key = ("identity", node, session.moment, session.frame)
    if key not in session.image_cache:
        text = repr(_facts(node)).encode("utf-8", "surrogateescape")
        session.image_cache[key] = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    return int(session.image_cache[key])


def _facts(node: Node) -> list[Any]:
    session = current()
    facts: list[Any] = [node.Class(), session.root.proxy()]
    facts += [(knob.name(), _now(knob)) for knob in node.allKnobs() if _matters(knob)]
    if node.Class() == "Read":
        from tests.nuke.stand_in.pixels.files import file_now

        facts += [file_now(node), session.reloads.get(node.fullName(), 0)]
    with session.looking_at(input_frame(node), session.moment.view):
        facts += [identity(one) for one in sources_of(node)]
    return facts


def _matters(knob: Knob) -> bool:
    return knob.name() not in COSMETIC and knob.Class() not in ("Tab_Knob", "Text_Knob")


def _now(knob: Knob) -> object:
    if isinstance(knob, Array_Knob):
        return [knob._number(place) for place in range(len(knob._fields))]
    return knob._to_text()
