"""No render in the background shows a frame that is not keyed, or not current.

Blender shows a missing file as black and says nothing, and goes on after any exception in a
handler; so what is missing is keyed before the frame is rendered, or the process ends.
"""

from __future__ import annotations

import sys
from typing import Any

import bpy

from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.progress import REFUSED

from .blender_host import to_console
from .keyed_nodes import KeyedNode, keyed_nodes
from .moment import MARK
from .node_group import show, shown_file
from .running import report_lines, running
from .shot_request import ShotRequest, request_of

KEY_FIRST = "Key it first: blender --command corridorkey {file}"


class NotKeyed(CorridorKeyError):
    """A frame that is about to be rendered is not keyed, and could not be."""


@bpy.app.handlers.persistent
def before_frame(scene: Any, *_depsgraph: Any) -> None:
    """Called by Blender before each frame of a render."""
    if scene.get(MARK):
        return
    if not bpy.app.background:
        _warn(scene)
        return
    try:
        for place in keyed_nodes(scene):
            if place.shot.when_rendering != "IGNORE":
                _guard(place)
    except CorridorKeyError as error:
        _stop(f"Frame {scene.frame_current} is not rendered. {error}")


def _guard(place: KeyedNode) -> None:
    """See that a node shows its current frame; raises `CorridorKeyError` where it cannot."""
    frame = place.scene.frame_current
    with running.host.moment.going_on():
        shot = request_of(place, [frame], running.host.moment)
        current = running.current(shot)
        if current:
            show(place.group, current[0], shot.mapping, still=shot.is_still)
            return
        if place.shot.when_rendering == "KEY" and not _must_be_rendered(shot):
            _key(place, frame)
            return
    file = bpy.data.filepath or "SHOT.blend"
    why = "Blender renders its plate or hint, which it cannot while it renders."
    words = why if _must_be_rendered(shot) else "The node's settings forbid to key it now."
    raise NotKeyed(
        f"{place.node.name} is not keyed there, or not with what it is now. {words} "
        f"{KEY_FIRST.format(file=file)}"
    )


def _warn(scene: Any) -> None:
    """In a window nothing can be stopped or keyed from here; the panel says what was missing."""
    for place in keyed_nodes(scene):
        path = shown_file(place.group, scene.frame_current)
        if place.shot.when_rendering != "IGNORE" and not (path and path.is_file()):
            running.missing.setdefault(place.shot.uid, set()).add(scene.frame_current)
            to_console(f"{place.node.name}: frame {scene.frame_current} is rendered without a key.")


@bpy.app.handlers.persistent
def before_render(scene: Any, *_depsgraph: Any) -> None:
    """Called by Blender before a render: what an earlier one missed is forgotten."""
    if not scene.get(MARK):
        running.missing.clear()


def _must_be_rendered(shot: ShotRequest) -> bool:
    """Whether any input of the frame must come from a render of Blender's own."""
    return bool(shot.renders)


def _key(place: KeyedNode, frame: int) -> None:
    report = running.key_now(place, [frame], "Render", anew=False)
    outcome = report.outcome
    if outcome is None or outcome.exit_status:
        raise NotKeyed(f"{place.node.name}: {' '.join(report_lines(report))}")


def _stop(message: str) -> None:
    """End the process: nothing else stops a render from within a handler."""
    to_console(message)
    if bpy.app.binary_path:
        running.close()
        sys.stdout.flush()
        sys.exit(REFUSED)
    raise NotKeyed(message)


def register() -> None:
    """Stand guard."""
    bpy.app.handlers.render_init.append(before_render)
    bpy.app.handlers.render_pre.append(before_frame)


def unregister() -> None:
    """Stand down."""
    bpy.app.handlers.render_pre.remove(before_frame)
    bpy.app.handlers.render_init.remove(before_render)
