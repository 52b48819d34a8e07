"""The frames that a node has, and the files that it is made of."""

from __future__ import annotations

from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.compute import resolved
from tests.nuke.stand_in.pixels.time_operations import input_frame
from tests.nuke.stand_in.session import Moment, current


def range_of(node: Node) -> tuple[int, int]:
    """The first and last frame: a Read's own, all of those before it, or the script's."""
    if node.Class() in ("Read", "Constant"):
        return int(node["first"].value()), int(node["last"].value())
    if node.Class() == "FrameHold" and not node["increment"].value():
        first = int(node["firstFrame"].value())
        return first, first
    ranges = [range_of(one) for one in sources_of(node)]
    if not ranges:
        root = current().root
        return root.firstFrame(), root.lastFrame()
    first, last = min(one[0] for one in ranges), max(one[1] for one in ranges)
    if node.Class() == "TimeOffset":
        offset = int(node["time_offset"].value())
        return first + offset, last + offset
    return first, last


def sources_of(node: Node) -> list[Node]:
    """The nodes whose pictures go into this one's, over the borders of groups."""
    group = node._inside
    if group is not None:
        output = group.output()
        found = [resolved(output.input(0))] if output is not None else []
    else:
        found = [resolved(one) for one in node._inputs]
    return [one for one in found if one is not None]


def files_of(node: Node, first: int, last: int) -> list[tuple[Node, list[str]]]:
    """The files of each Read before a node, for some frames and all views, retimes considered."""
    found: dict[Node, list[str]] = {}
    seen: set[tuple[Node, Moment]] = set()
    for view in current().root._views:
        for frame in range(first, last + 1):
            with current().looking_at(frame, view):
                _collect(node, found, seen)
    return list(found.items())


def _collect(node: Node, found: dict[Node, list[str]], seen: set[tuple[Node, Moment]]) -> None:
    if (node, current().moment) in seen:
        return
    seen.add((node, current().moment))
    if node.Class() == "Read":
        from tests.nuke.stand_in.pixels.files import file_now

        path = file_now(node)
        files = found.setdefault(node, [])
        if path and path not in files:
            files.append(path)
        return
    with current().looking_at(input_frame(node), current().moment.view):
        for one in sources_of(node):
            _collect(one, found, seen)
