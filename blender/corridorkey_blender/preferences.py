"""The preferences page: where the engine is, whether it is ready, and what can be done about it."""

from __future__ import annotations

from typing import Any

import bpy
from corridorkey_plugin.session import EngineOptions

from . import readiness
from .shot_properties import RELATIVE


def _path(name: str, words: str) -> Any:
    return bpy.props.StringProperty(name=name, description=words, subtype="FILE_PATH", **RELATIVE)


ANNOTATIONS = {
    "engine_python": _path(
        "Engine",
        "Python of the engine's environment, or the environment's folder. "
        "Empty takes $CORRIDORKEY_PYTHON, else what `build.py setup` made",
    ),
    "ocio_config": _path(
        "OCIO config", "Config that the engine takes for $OCIO; Blender's own is not passed on"
    ),
    "free_after": bpy.props.IntProperty(
        name="Give back the device after (s)",
        description="Seconds until an idle engine gives the device's memory back",
        default=300,
        min=0,
        subtype="TIME",
    ),
    "end_after": bpy.props.IntProperty(
        name="End the engine after (s)",
        description="Seconds until an idle engine ends; the next key starts it again",
        default=1800,
        min=0,
        subtype="TIME",
    ),
}


class CorridorKeyPreferences(bpy.types.AddonPreferences):
    """Preferences of the add-on."""

    bl_idname = __package__
    __annotations__ = ANNOTATIONS

    def draw(self, _context: Any) -> None:
        """One line on the engine with what mends it, then where it is and how long it stays."""
        readiness.draw(self.layout)
        column = self.layout.column()
        column.use_property_split = True
        for name in ANNOTATIONS:
            column.prop(self, name)


def engine_options() -> EngineOptions:
    """How the engine is to be started, as preferences have it."""
    add_on = bpy.context.preferences.addons.get(__package__)
    page = add_on.preferences if add_on else None
    if page is None:
        return EngineOptions()
    return EngineOptions(
        python=bpy.path.abspath(page.engine_python),
        ocio=bpy.path.abspath(page.ocio_config),
        free_after=float(page.free_after),
        end_after=float(page.end_after),
    )
