"""A node's knobs as plain values, and its settings as the engine is asked for them."""

from __future__ import annotations

from typing import Any

import nuke

from corridorkey_core.errors import SettingsError
from corridorkey_core.settings import Settings

NODE_CLASS = "CorridorKey"
NEUTRAL: dict[str, Any] = {
    "clip_black": 0.0,
    "clip_white": 1.0,
    "matte_gamma": 1.0,
    "shrink_grow": 0.0,
    "soften": 0.0,
    "despill": "off",
    "despill_strength": 1.0,
}
"""Settings that nodes inside do live, at the values which leave the engine's answer alone."""
ANSWER: dict[str, Any] = {
    "passes": ("fg", "matte"),
    "layout": "layered",
    "format": "exr",
    "output_space": "linear",
}


def our_nodes() -> list[nuke.Group]:
    """Every node of ours in the script, whichever group the calling code runs in."""
    found = nuke.allNodes(NODE_CLASS, group=nuke.root(), recurseGroups=True)
    return [node for node in found if isinstance(node, nuke.Group)]


def is_attached(node: nuke.Node) -> bool:
    """Whether a node is still in a script; Nuke raises ValueError for one that is not."""
    try:
        node.name()
    except ValueError:
        return False
    return True


def text(node: nuke.Node, name: str) -> str:
    """What a knob of text or of choices says."""
    return str(node[name].value() or "").strip()


def path_text(node: nuke.Node, name: str) -> str:
    """The path in a file knob, what is written in TCL in it done."""
    knob: Any = node[name]
    return str(knob.evaluate() if hasattr(knob, "evaluate") else knob.value() or "").strip()


def number(node: nuke.Node, name: str) -> int:
    """What a knob of whole numbers says."""
    return int(node[name].value())


def is_on(node: nuke.Node, name: str) -> bool:
    """Whether a knob is on."""
    return bool(node[name].value())


def put(node: nuke.Node, name: str, value: object) -> bool:
    """Set a knob, unless it says so already; returns whether it did not."""
    knob = node[name]
    if knob.value() == value:
        return False
    knob.setValue(value)
    return True


def engine_settings(node: nuke.Node) -> list[str]:
    """The settings that are knobs of a node, and that the engine and not the node obeys."""
    names = (fact.name for fact in Settings.parameters() if fact.name not in NEUTRAL)
    return [name for name in names if node.knob(name) is not None]


def settings_of(node: nuke.Node, **decided: Any) -> Settings:
    """The settings that the engine is asked for: what is live left out, `decided` by the script.

    Raises `SettingsError` where a knob says what cannot be.
    """
    own = engine_settings(node)
    values: dict[str, Any] = {}
    for fact in Settings.parameters():
        if fact.name in own:
            value = node[fact.name].value()
            values[fact.name] = fact.kind(value) if value is not None else fact.default
    settings = Settings.from_mapping({**values, **NEUTRAL, **ANSWER, **decided})
    if settings.screen == "auto" and settings.screen_sampling == "frame":
        raise SettingsError(
            "Screen is auto and is settled on each frame alone, so the node cannot know which "
            "colour to despill. Choose green or blue, or settle the screen once for the shot."
        )
    return settings
