"""The whole gizmo's text."""

from __future__ import annotations

from building.nuke_gizmo.graph import INPUTS, LAYER, RGB, graph
from building.nuke_gizmo.panel import panel
from building.nuke_gizmo.script import lines, word

OLDEST = "14.0 v1"
HELP = (
    "Keys a green or blue screen with a neural network, in an engine of its own.\n\n"
    "Inputs: the plate; an alpha hint (a coarse matte; without one the engine makes it); a garbage "
    "matte, which is removed; a holdout matte, which is kept.\n\n"
    "Key Frame or Key Range, then change the sliders marked live as you like. "
    "docs/nuke.md says the rest."
)


def gizmo_text() -> str:
    """`nuke/CorridorKey.gizmo`, as the parameters are declared now."""
    layers = [(LAYER, RGB), ("fg", RGB), ("matte", ("alpha",))]
    head = [f"inputs {len(INPUTS)}", f"help {word(HELP)}", "tile_color 0x3f7f4fff", *panel()]
    made = [
        f"version {OLDEST}",
        "Gizmo {",
        *(f" {line}" for line in head),
        "}",
        *(_add_layer(name, channels) for name, channels in layers),
        *lines(graph()),
        "end_group",
    ]
    return "\n".join(made) + "\n"


def _add_layer(name: str, channels: tuple[str, ...]) -> str:
    """The line that makes a layer known, which must be so before a knob names it."""
    return f"add_layer {{{' '.join([name, *(f'{name}.{one}' for one in channels)])}}}"
