"""Key Frame and Key Range: modal in a window, at once in a script or in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import bpy

from corridorkey_core.errors import CorridorKeyError, SettingsError

from .blender_host import Report
from .keyed_nodes import KeyedNode, chosen_node, find_keyed_node
from .node_creation import add_keyed_node, best_output, remove_keyed_node
from .running import keyed_frames, report_lines, running
from .versions import compositor_tree

TICK = 0.1  # seconds between two looks at a request on its way
NOTHING_TO_KEY = (
    "There is nothing to key: add an Image or Movie Clip node with the plate to the compositor, "
    "select it, and press again."
)
NODE = bpy.props.StringProperty(
    name="Node", description="Name of the Corridor Key node; empty takes the active one"
)


class _Keys:
    """What both operators do; a request outlives neither the file nor the window it began in."""

    bl_options = {"REGISTER", "UNDO"}
    label = ""
    first = False
    if TYPE_CHECKING:  # Blender takes what is annotated for a property
        node: str
        report: Callable[[set[str], str], None]

    @classmethod
    def poll(cls, context: Any) -> bool:
        """In a scene; without one there is nothing to key."""
        return context.scene is not None

    def frames(self, scene: Any) -> tuple[int, ...]:
        """The frames that are asked for."""
        raise NotImplementedError

    def execute(self, context: Any) -> set[str]:
        """Key and return when it is done: a script, or the background."""
        try:
            self.is_new = chosen_node(context.scene, self.node) is None
            with _place(context.scene, self.node) as place:
                report = running.key_now(place, self.frames(context.scene), self.label)
        except CorridorKeyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._ended(report)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Begin, and go on while the artist does."""
        try:
            self.is_new = chosen_node(context.scene, self.node) is None
            with _place(context.scene, self.node) as place:
                frames = self.frames(context.scene)
                self.running = running.key(place, frames, self.label, first=self.first)
        except CorridorKeyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        manager = context.window_manager
        self.timer = manager.event_timer_add(TICK, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        """Wait for the end; Escape cancels, all else is the artist's."""
        if event.type == "ESC" and event.value == "PRESS":
            self.running.key.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER" or not self.running.is_over:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self.timer)
        return self._ended(self.running)

    def cancel(self, context: Any) -> None:
        """The file or the window is closed."""
        context.window_manager.event_timer_remove(self.timer)
        self.running.key.cancel()

    def _ended(self, report: Report) -> set[str]:
        lines = report_lines(report)
        outcome = report.outcome
        is_wrong = outcome is None or bool(outcome.error or outcome.failed)
        self.report({"ERROR" if is_wrong else "INFO"}, "\n".join(lines))
        if outcome is not None and (outcome.finished or outcome.current):
            return {"FINISHED"}
        place = find_keyed_node(report.shot.request.name) if self.is_new else None
        if place is not None:
            remove_keyed_node(place)
        return {"CANCELLED"}


class CORRIDORKEY_OT_key_frame(_Keys, bpy.types.Operator):
    """Key the current frame, before all that is being keyed"""

    bl_idname = "corridorkey.key_frame"
    bl_label = "Key Frame"
    label = "Frame"
    first = True
    __annotations__ = {"node": NODE}

    def frames(self, scene: Any) -> tuple[int, ...]:
        """The current one."""
        return (scene.frame_current,)


class CORRIDORKEY_OT_key_range(_Keys, bpy.types.Operator):
    """Key every frame of the scene's range that is missing or not current"""

    bl_idname = "corridorkey.key_range"
    bl_label = "Key Range"
    label = "Range"
    __annotations__ = {
        "node": NODE,
        "start": bpy.props.IntProperty(name="Start", description="0 and 0: the scene's range"),
        "end": bpy.props.IntProperty(name="End"),
    }

    def frames(self, scene: Any) -> tuple[int, ...]:
        """Those asked for, or the scene's range."""
        if self.start or self.end:
            return tuple(range(self.start, self.end + 1))
        return keyed_frames(scene)


class CORRIDORKEY_OT_cancel(bpy.types.Operator):
    """End what is being keyed before its next frame; finished frames stay"""

    bl_idname = "corridorkey.cancel"
    bl_label = "Cancel Keying"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """While something is on its way."""
        return bool(running.host.reports)

    def execute(self, _context: Any) -> set[str]:
        """Ask for the end."""
        running.cancel()
        return {"FINISHED"}


@contextmanager
def _place(scene: Any, name: str) -> Iterator[KeyedNode]:
    """The node that is meant; a new one, which stays only where its key could be asked for."""
    place = chosen_node(scene, name)
    if place is not None:
        yield place
        return
    tree = compositor_tree(scene)
    if tree is None or best_output(tree) is None:
        raise SettingsError(NOTHING_TO_KEY)
    place = add_keyed_node(scene)
    try:
        yield place
    except CorridorKeyError:
        remove_keyed_node(place)
        raise


CLASSES = (CORRIDORKEY_OT_key_frame, CORRIDORKEY_OT_key_range, CORRIDORKEY_OT_cancel)
