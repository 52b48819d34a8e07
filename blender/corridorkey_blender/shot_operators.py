"""What an artist does to a Corridor Key node beside keying: add it, feed it, clear its cache."""

from __future__ import annotations

from typing import Any

import bpy
from corridorkey_plugin.results import clear_cache

from corridorkey_core.errors import CorridorKeyError

from .flow import downstream
from .keyed_nodes import chosen_node
from .node_creation import add_keyed_node
from .node_group import HINT, PLATE
from .running import running
from .shot_request import cache_folder

INPUTS = (("PLATE", PLATE, "The plate"), ("HINT", HINT, "The rough matte"))
BETWEEN = "\t"  # a node's name and a socket's identifier


class CORRIDORKEY_OT_add(bpy.types.Operator):
    """Add a Corridor Key node to the compositor, fed by the active node"""

    bl_idname = "corridorkey.add"
    bl_label = "Corridor Key"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Any) -> set[str]:
        """Add it."""
        try:
            add_keyed_node(context.scene)
        except CorridorKeyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def _offered(_operator: Any, context: Any) -> list[tuple[str, str, str]]:
    """Every output that may feed the node, and none that it feeds itself."""
    place = chosen_node(context.scene) if context.scene else None
    found = []
    fed = downstream(place.node) if place else set()
    for node in place.tree.nodes if place else ():
        if node.name not in fed:
            found += [
                (f"{node.name}{BETWEEN}{one.identifier}", f"{node.name}: {one.name}", "")
                for one in node.outputs
                if one.enabled
            ]
    # Blender keeps no reference of its own to what a callback returns.
    CORRIDORKEY_OT_link.offered = found or [("", "Nothing to link", "")]
    return CORRIDORKEY_OT_link.offered


class CORRIDORKEY_OT_link(bpy.types.Operator):
    """Choose a socket of the tree and link it to the Corridor Key node"""

    bl_idname = "corridorkey.link"
    bl_label = "Link a Socket"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "socket"
    offered: list[tuple[str, str, str]] = []
    __annotations__ = {
        "input": bpy.props.EnumProperty(items=INPUTS, name="Input"),
        "socket": bpy.props.EnumProperty(items=_offered, name="Socket"),
    }

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is a node to link to."""
        return context.scene is not None and chosen_node(context.scene) is not None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask which one."""
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Any) -> set[str]:
        """Link it, and take the input from the tree from now on."""
        place = chosen_node(context.scene)
        name, _, identifier = self.socket.partition(BETWEEN)
        node = place.tree.nodes.get(name) if place else None
        output = (
            next((o for o in node.outputs if o.identifier == identifier), None) if node else None
        )
        if place is None or output is None:
            self.report({"ERROR"}, "There is no such socket.")
            return {"CANCELLED"}
        is_plate = self.input == "PLATE"
        place.tree.links.new(output, place.node.inputs[PLATE if is_plate else HINT])
        setattr(place.shot, "plate_source" if is_plate else "hint_source", "SOCKET")
        return {"FINISHED"}


class CORRIDORKEY_OT_clear_cache(bpy.types.Operator):
    """Remove the keyed frames and rendered inputs of this node from the disk"""

    bl_idname = "corridorkey.clear_cache"
    bl_label = "Clear Cache"

    @classmethod
    def poll(cls, context: Any) -> bool:
        """Where there is a node, and nothing is being keyed."""
        is_there = context.scene is not None and chosen_node(context.scene) is not None
        return is_there and not running.host.reports

    def invoke(self, context: Any, event: Any) -> set[str]:
        """Ask first."""
        found: set[str] = context.window_manager.invoke_confirm(self, event)
        return found

    def execute(self, context: Any) -> set[str]:
        """Remove them, and say how much that was."""
        place = chosen_node(context.scene)
        assert place is not None
        try:
            removed = clear_cache(cache_folder(place.shot), place.shot.uid)
        except (CorridorKeyError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{removed / (1 << 20):.1f} MiB removed.")
        return {"FINISHED"}


CLASSES = (CORRIDORKEY_OT_add, CORRIDORKEY_OT_link, CORRIDORKEY_OT_clear_cache)
