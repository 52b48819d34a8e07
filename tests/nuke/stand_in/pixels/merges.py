"""Merge2 and Keymix. Formulas: Merge2's own tooltip, in the reference of node_classes.yaml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.nuke.stand_in.pixels.channel_operations import chosen_box, with_mask
from tests.nuke.stand_in.pixels.compute import At, operation
from tests.nuke.stand_in.pixels.picture import Picture, Plane

Formula = Callable[[Plane, Plane, Plane, Plane], Plane]  # A, B, and their alphas a, b

FORMULAS: dict[str, Formula] = {
    "copy": lambda A, B, a, b: A,  # noqa: ARG005
    "difference": lambda A, B, a, b: np.abs(A - B),  # noqa: ARG005
    "from": lambda A, B, a, b: B - A,  # noqa: ARG005
    "in": lambda A, B, a, b: A * b,  # noqa: ARG005
    "mask": lambda A, B, a, b: B * a,  # noqa: ARG005
    "max": lambda A, B, a, b: np.maximum(A, B),  # noqa: ARG005
    "min": lambda A, B, a, b: np.minimum(A, B),  # noqa: ARG005
    "minus": lambda A, B, a, b: A - B,  # noqa: ARG005
    "multiply": lambda A, B, a, b: np.where((A < 0) & (B < 0), A, A * B),  # noqa: ARG005
    "out": lambda A, B, a, b: A * (1 - b),  # noqa: ARG005
    "over": lambda A, B, a, b: A + B * (1 - a),  # noqa: ARG005
    "plus": lambda A, B, a, b: A + B,  # noqa: ARG005
    "stencil": lambda A, B, a, b: B * (1 - a),  # noqa: ARG005
    "under": lambda A, B, a, b: A * (1 - b) + B,  # noqa: ARG005
}


@operation("Merge2")
def merge(at: At) -> Picture:
    """B (input 0) merged with each A in turn: input 1, then those from 3 on; 2 is the mask."""
    at.refuse_other(also_merge="none", metainput="B")
    if at.text("operation") not in FORMULAS:
        raise NotImplementedError(f"the stand-in merges no {at.text('operation')!r}")
    before = at.input(0)
    places = [1, *range(3, at.node.inputs())]
    inputs = [at.input(place) for place in places if at.is_connected(place)]
    after = before
    for a in inputs:
        after = _merged(at, a, after)
    return with_mask(at, before, after, 2)


def _merged(at: At, a: Picture, b: Picture) -> Picture:
    formula = FORMULAS[at.text("operation")]
    box = chosen_box(at.text("bbox"), b.box, a.box)
    made = b.on(box)
    of_a = at.channels("Achannels", a.names)
    of_b = at.channels("Bchannels", b.names)
    alpha_a, alpha_b = (
        picture.over(_alpha(named), box) for picture, named in ((a, of_a), (b, of_b))
    )
    changed = {}
    for name in at.channels("output", tuple(dict.fromkeys((*b.names, *a.names)))):
        left = a.over(_counterpart(name, of_a), box)
        right = b.over(_counterpart(name, of_b), box)
        changed[name] = formula(left, right, alpha_a, alpha_b)
    return made.with_channels(changed)


def _alpha(named: tuple[str, ...]) -> str:
    """The fourth channel is the alpha, or the one that is called so."""
    return next((one for one in named if one.endswith(".alpha")), "none")


def _counterpart(name: str, named: tuple[str, ...]) -> str:
    """The channel of an input that goes to an output's: of the same place in its layer."""
    field = name.rpartition(".")[2]
    return next((one for one in named if one.rpartition(".")[2] == field), "none")


@operation("Keymix")
def keymix(at: At) -> Picture:
    """B (input 0) with A (input 1) where the mask (input 2) is: A m + B (1 - m)."""
    b, a, mask = (at.input(place) for place in range(3))
    box = chosen_box(at.text("bbox"), b.box, a.box)
    named = at.channels("maskChannel", ())
    plane = mask.over(named[0], box) if named and at.is_connected(2) else np.float32(1.0)
    strength = at.number("mix") * (1.0 - plane if at.number("invertMask") else plane)
    made = b.on(box)
    channels = at.channels("channels", tuple(dict.fromkeys((*b.names, *a.names))))
    return replace(made).with_channels(
        {
            name: a.over(name, box) * strength + b.over(name, box) * (1.0 - strength)
            for name in channels
        }
    )
