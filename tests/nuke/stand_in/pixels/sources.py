"""Nodes that make pictures, and those that only pass them on."""

from __future__ import annotations

import numpy as np

from tests.nuke.stand_in.channel_names import channels_of, layers
from tests.nuke.stand_in.pixels.compute import At, full_or_proxy, operation, picture_of, resolved
from tests.nuke.stand_in.pixels.picture import Picture, box_of


@operation("Constant")
def constant(at: At) -> Picture:
    """One colour over a format; with an input, its format."""
    shape = at.input().format if at.is_connected(0) else full_or_proxy(at.node["format"].value())
    every = tuple(one for channels in layers().values() for one in channels)
    named = channels_of(at.text("channels"), every)
    box = box_of(shape)
    planes = {
        name: np.full(box.shape, at.number("color", min(place, 3)), np.float32)
        for place, name in enumerate(named)
    }
    return Picture(shape, box, planes)


def passed_on(at: At) -> Picture:
    """The input as it is."""
    return at.input()


for _class in ("Dot", "NoOp", "Output", "Write", "Viewer"):
    operation(_class)(passed_on)


@operation("Switch")
def switch(at: At) -> Picture:
    """The input of a number, rounded down and kept within those that there are."""
    last = max(0, at.node.inputs() - 1)
    return at.input(min(max(int(at.number("which")), 0), last))


@operation("OneView")
def one_view(at: At) -> Picture:
    """The input in one view, whatever is looked at."""
    from tests.nuke.stand_in.session import current

    with current().looking_at(current().moment.frame, at.text("view")):
        return picture_of(resolved(at.node.input(0)))


@operation("JoinViews")
def join_views(at: At) -> Picture:
    """Each view from an input of its own, in the script's order."""
    from tests.nuke.stand_in.session import current

    session = current()
    return at.input(session.root._views.index(session.moment.view))
