"""Corridor Key in Blender's compositor.

    panel, key_operators, command    what an artist or a farm asks for
      -> running                     the one engine of this Blender, and its requests
      -> shot_request                a node as a request: plate, hint, settings, frames
           plate, feed               which files, or which socket
           bake, fingerprint         sockets and masks rendered for the engine, and when anew
      -> blender_host                what comes of it: progress, frames, messages
      -> node_group                  a plain group that shows finished frames
    render_guard                     no render shows a frame that is not keyed or not current
    versions                         what differs between Blender 4.2 and 5.x

Standard library and bpy, Python 3.10. `vendored` holds the plugin layer where this is installed.
"""

from __future__ import annotations

from . import (
    command,
    engine_operators,
    file_changes,
    key_operators,
    live_update,
    panel,
    preferences,
    registration,
    render_guard,
    shot_operators,
    shot_properties,
)
from .running import running

CLASSES = (
    preferences.CorridorKeyPreferences,
    *key_operators.CLASSES,
    *shot_operators.CLASSES,
    *engine_operators.CLASSES,
    *panel.CLASSES,
)
PARTS = (shot_properties, live_update, file_changes, render_guard, panel, command)


def register() -> None:
    """Register everything with Blender."""
    registration.register(CLASSES, PARTS)


def unregister() -> None:
    """Take everything away again, and end the engine."""
    registration.unregister(CLASSES, PARTS)
    running.close()
