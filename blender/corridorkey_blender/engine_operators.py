"""What the preferences page can do about the engine: look at it, set it up, give it weights."""

from __future__ import annotations

from typing import Any

import bpy
from corridorkey_plugin.launch import INSTALL, find_engine_python

from corridorkey_core.errors import CorridorKeyError

from .preferences import engine_options
from .repair import add_weights_command, set_up_command
from .running import running


class CORRIDORKEY_OT_check_engine(bpy.types.Operator):
    """Start the engine where none runs, and say what it is and has"""

    bl_idname = "corridorkey.check_engine"
    bl_label = "Check the Engine"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Where it is not being looked at already."""
        return not running.is_looking and running.repair is None

    def execute(self, _context: Any) -> set[str]:
        """Look; the answer comes later."""
        running.look()
        return {"FINISHED"}


class CORRIDORKEY_OT_set_up_engine(bpy.types.Operator):
    """Make or mend the engine's environment with `build.py setup`; takes minutes"""

    bl_idname = "corridorkey.set_up_engine"
    bl_label = "Set Up the Engine"

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Where nothing mends it already."""
        return running.repair is None

    def execute(self, _context: Any) -> set[str]:
        """Begin; the answer comes later."""
        command = set_up_command()
        if not command:
            self.report({"ERROR"}, f"Where to set it up from is not known. {INSTALL}")
            return {"CANCELLED"}
        return _mend(self, command)


class CORRIDORKEY_OT_add_weights(bpy.types.Operator):
    """Take a CorridorKey checkpoint (.pth or .safetensors) that is on disk"""

    bl_idname = "corridorkey.add_weights"
    bl_label = "Add Weights"
    __annotations__ = {
        "filepath": bpy.props.StringProperty(subtype="FILE_PATH"),
        "filter_glob": bpy.props.StringProperty(default="*.pth;*.safetensors", options={"HIDDEN"}),
    }

    @classmethod
    def poll(cls, _context: Any) -> bool:
        """Where nothing mends the engine already."""
        return running.repair is None

    def invoke(self, context: Any, _event: Any) -> set[str]:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: Any) -> set[str]:
        """Begin; the answer comes later."""
        try:
            python = find_engine_python(engine_options().python)
        except CorridorKeyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return _mend(self, add_weights_command(python, bpy.path.abspath(self.filepath)))


def _mend(operator: Any, command: tuple[str, ...]) -> set[str]:
    try:
        running.mend(command)
    except OSError as error:
        operator.report({"ERROR"}, f"{command[0]} cannot be started: {error}")
        return {"CANCELLED"}
    return {"FINISHED"}


CLASSES = (CORRIDORKEY_OT_check_engine, CORRIDORKEY_OT_set_up_engine, CORRIDORKEY_OT_add_weights)
