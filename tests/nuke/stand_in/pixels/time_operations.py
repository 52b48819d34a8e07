"""Nodes that ask for another frame."""

from __future__ import annotations

from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.compute import At, looking, operation, resolved
from tests.nuke.stand_in.pixels.picture import Picture
from tests.nuke.stand_in.session import Moment, current


@operation("FrameHold")
@operation("TimeOffset")
def shifted(at: At) -> Picture:
    """The input at another frame."""
    moment = current().moment
    return looking(Moment(input_frame(at.node), moment.view), resolved(at.node.input(0)))


def input_frame(node: Node) -> float:
    """The frame that a node asks its inputs for."""
    frame = current().moment.frame
    at = At(node)
    if node["disable"].value():
        return frame
    if node.Class() == "TimeOffset":
        at.refuse_other(reverse_input=False)
        return frame - at.number("time_offset")
    if node.Class() == "FrameHold":
        first, increment = at.number("firstFrame"), at.number("increment")
        return first + (frame - first) // increment * increment if increment else first
    return frame
