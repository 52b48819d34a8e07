"""Nodes that move channels about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.nuke.stand_in.pixels.compute import At, operation
from tests.nuke.stand_in.pixels.picture import Box, Picture, Plane


@operation("Copy")
def copy(at: At) -> Picture:
    """B (input 0) with channels of A (input 1): `from` to `to`, and whole layers that A has."""
    at.refuse_other(mix=1.0, metainput="B", inject=False)
    b, a = at.input(0), at.input(1)
    made = b.on(chosen_box(at.text("bbox"), b.box, a.box))
    changed = {}
    for name in at.channels("channels", a.names):
        if name in a.channels:
            changed[name] = a.over(name, made.box)
    for place in range(4):
        source, target = at.text(f"from{place}"), at.text(f"to{place}")
        if "none" not in (source, target):
            changed[_one(at, f"to{place}")] = a.over(_one(at, f"from{place}"), made.box)
    return made.with_channels(changed)


@operation("Premult")
def premult(at: At) -> Picture:
    """Channels times one channel."""
    picture = at.input()
    by = picture.plane(_one(at, "alpha"))
    factor = 1.0 - by if at.number("invert") else by
    named = [one for one in at.channels("channels", picture.names) if one in picture.channels]
    return picture.with_channels({name: picture.plane(name) * factor for name in named})


@operation("Unpremult")
def unpremult(at: At) -> Picture:
    """Channels divided by one channel, and as they are where that is 0."""
    picture = at.input()
    by = picture.plane(_one(at, "alpha"))
    factor = 1.0 - by if at.number("invert") else by
    safe = np.asarray(np.where(factor == 0.0, 1.0, factor), np.float32)
    named = [one for one in at.channels("channels", picture.names) if one in picture.channels]
    return picture.with_channels({name: picture.plane(name) / safe for name in named})


def _one(at: At, knob: str) -> str:
    named = at.channels(knob, ())
    if len(named) != 1:
        raise RuntimeError(f"{at.node.fullName()}.{knob} names {len(named)} channels, not one")
    return named[0]


def chosen_box(choice: str, b: Box, a: Box) -> Box:
    """The box that a knob `bbox` chooses."""
    boxes = {"union": b.union(a), "B": b, "A": a, "intersection": b.intersection(a)}
    return boxes[choice]


def with_mask(at: At, before: Picture, after: Picture, mask_at: int) -> Picture:
    """What the knobs `mix` and mask leave of an effect; `after` has the box of `before`."""
    at.refuse_other(inject=False, fringe=False)
    at.refuse_other(maskChannelInput="none")
    mix = at.number("mix")
    if mix == 1.0 and not at.is_connected(mask_at):
        return after
    strength: float | Plane = mix
    if at.is_connected(mask_at):
        mask = at.input(mask_at)
        plane = mask.over(_one(at, "maskChannelMask"), after.box)
        strength = mix * (1.0 - plane if at.number("invert_mask") else plane)
    planes = {
        name: before.over(name, after.box) * (1.0 - strength) + after.plane(name) * strength
        for name in after.names
    }
    return replace(after, channels={}).with_channels(planes)
