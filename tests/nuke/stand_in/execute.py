"""Rendering: `nuke.execute` writes real files, and runs what hangs on rendering.

One at a time: Nuke says "I'm already executing something else" to whoever asks from a callback. A
person's cancel is a RuntimeError that begins with "Cancelled". An exception in a callback before
a frame ends the render; what would come after it is then not called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.nuke.stand_in import callbacks
from tests.nuke.stand_in.frame_ranges import FrameRange, FrameRanges
from tests.nuke.stand_in.graph import toNode
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.write import write_frame
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread


@on_main_thread
def execute(
    nameOrNode: Node | str,
    start: int | FrameRanges | None = None,
    end: int | None = None,
    incr: int = 1,
    views: Sequence[str] | None = None,
    continueOnError: bool = False,
) -> None:
    """Render a Write: frames from `start` to `end`, or `FrameRanges`, in some views or all of its.

    Raises `RuntimeError` where it fails, or where the person cancels ("Cancelled").
    """
    node = toNode(nameOrNode) if isinstance(nameOrNode, str) else nameOrNode
    if node is None:
        raise current().refuse(RuntimeError, f"there is no node {nameOrNode!r}")
    ranges = start if isinstance(start, FrameRanges) else _range(start, end, incr)
    executeMultiple([node], ranges, views, continueOnError)


@on_main_thread
def executeMultiple(
    nodes: Sequence[Node],
    ranges: Any,
    views: Sequence[str] | None,
    continueOnError: bool = False,
) -> None:
    """Render several Writes, each over the same frames."""
    session = current()
    session.require_main("nuke.execute")
    if session.executing:
        raise session.refuse(
            RuntimeError, f"I'm already executing something else: {session.executing}"
        )
    if session.changing:
        raise session.refuse(RuntimeError, "I'm already executing something else: a callback")
    frames = ranges if isinstance(ranges, FrameRanges) else FrameRanges(ranges)
    for node in nodes:
        _require_write(node)
        session.executing = node.fullName()
        try:
            _render(node, frames.toFrameList(), views, continue_on_error=continueOnError)
        finally:
            session.executing = ""


def _range(start: Any, end: Any, incr: int) -> FrameRanges:
    if start is None or end is None:
        raise current().refuse(TypeError, "execute needs the first and the last frame")
    if int(start) != start or int(end) != end:
        raise current().refuse(TypeError, "execute renders whole frames only")
    return FrameRanges(FrameRange(int(start), int(end), int(incr)))


def _require_write(node: Node) -> None:
    node._require_alive()
    if node.Class() != "Write":
        raise current().refuse(RuntimeError, f"{node.fullName()} is not executable")
    if node["disable"].value():
        raise RuntimeError(f"{node.fullName()} is disabled")


def _render(
    node: Node, frames: list[int], views: Sequence[str] | None, *, continue_on_error: bool
) -> None:
    session = current()
    chosen = list(views) if views is not None else node["views"].value().split()
    for view in chosen:
        session.root._require_view(view)
    if len(chosen) > 1 and "%v" not in node["file"].value().lower():
        raise NotImplementedError("the stand-in writes no two views into one file; name %V")
    callbacks.run("BeforeRender", node)
    for done, frame in enumerate(frames):
        if session.cancel_after is not None and done >= session.cancel_after:
            session.cancel_after = None
            raise RuntimeError("Cancelled")
        for view in chosen:
            try:
                _frame(node, frame, view)
            except RuntimeError:
                if not continue_on_error:
                    raise
    callbacks.run("AfterRender", node)


def _frame(node: Node, frame: int, view: str) -> None:
    session = current()
    with session.looking_at(frame, view):
        callbacks.run("BeforeFrameRender", node)
        path = write_frame(node)
        session.rendered.append((node.fullName(), frame, view))
        callbacks.run("AfterFrameRender", node)
    if not session.gui:
        print(f"Writing {path}")  # noqa: T201
