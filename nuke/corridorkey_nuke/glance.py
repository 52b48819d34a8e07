"""Looking at a node whenever Nuke idles, at next to no cost where nothing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nuke

from corridorkey_nuke.knobs import NEUTRAL, engine_settings
from corridorkey_nuke.shown import Shown
from corridorkey_nuke.source import HINT, PLATE
from corridorkey_nuke.upstream import graph_digest

OF_THE_SCRIPT = (
    "name",
    "project_directory",
    "colorManagement",
    "OCIO_config",
    "customOCIOConfigPath",
    "workingSpaceLUT",
    "floatLut",
    "first_frame",
    "last_frame",
    "views",
)
LIVE = {*NEUTRAL, "output", "status", "missing_frames", "before_render"}
"""Knobs of the node that do not change what is keyed."""
KEPT = {
    "key_file",
    "key_first",
    "key_last",
    "screen_found",
    "convert",
    "key_space",
    "working_space",
}
"""Knobs that the plugin itself sets."""
OF_THE_NODE = (
    "range",
    "range_first",
    "range_last",
    "views",
    "cache",
    "render_plate",
    "linear_rec709",
)


@dataclass(frozen=True)
class Glance:
    """What was seen of a node: `quick` where nothing changed at all, `state` where it did.

    `shown` is None where the node could not be keyed as it was.
    """

    quick: tuple[Any, ...]
    state: str
    shown: Shown | None

    @property
    def is_settled(self) -> bool:
        """Whether only a change can make it show something else: no farm, and no other Nuke."""
        return self.shown is None or all(self.shown.places)


def quick_look(node: nuke.Group, frame: int) -> tuple[Any, ...]:
    """What changes with nearly everything: Nuke's own hashes, and the node's knobs."""
    hashes = [tuple(one.opHashes()) for one in _inputs(node)]
    return (frame, *hashes, *_values(node))


def state_of_script(node: nuke.Group) -> str:
    """Text that changes with all that decides what a node shows; it is not that of a frame."""
    root = nuke.root()
    knobs = (root.knob(name) for name in OF_THE_SCRIPT)
    script = [knob.toScript() for knob in knobs if knob is not None]
    connected = [str(node.input(index) is not None) for index in (PLATE, HINT)]
    return graph_digest(_inputs(node), *script, *connected, *_values(node))


def _inputs(node: nuke.Group) -> list[nuke.Node]:
    return [one for one in (node.input(PLATE), node.input(HINT)) if one is not None]


def _values(node: nuke.Group) -> list[str]:
    names = [*engine_settings(node), *OF_THE_NODE]
    return [f"{name} {node[name].value()}" for name in names]
