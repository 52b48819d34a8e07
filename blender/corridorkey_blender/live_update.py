"""Sliders of matte and foreground, followed while they move: the raw answer of a frame is kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import bpy

from corridorkey_core.errors import CorridorKeyError, SettingsError
from corridorkey_core.settings import Settings

from . import shot_properties
from .blender_host import Report
from .keyed_nodes import find_keyed_node
from .node_group import read_anew, shown_file
from .running import running
from .shot_properties import find_group, is_keyed_group
from .shot_request import digest_of

LABEL = "Live"
SETTLING = 0.08  # seconds that a slider rests before its value is taken
FOLLOWED = frozenset(
    fact.name for fact in Settings.parameters() if fact.section in ("Matte", "Foreground")
)


class LiveUpdate:
    """Follows the group whose slider moved last."""

    def __init__(self) -> None:
        self._uid = ""
        self._passing: Path | None = None

    def setting_changed(self, tree: Any, name: str) -> None:
        """A setting was changed, by hand or by a script."""
        shot = tree.corridorkey
        is_wanted = name in FOLLOWED and shot.live and bool(shot.shown)
        if is_wanted and running.engine and not bpy.app.background:
            self._uid = shot.uid
            self.stop()
            bpy.app.timers.register(self.follow, first_interval=SETTLING)

    def follow_undo(self, *_scene: Any) -> None:
        """After an undo: show what a group says it shows; key where its settings say otherwise."""
        for tree in bpy.data.node_groups:
            if is_keyed_group(tree):
                read_anew(tree)
                if _differs(tree.corridorkey):
                    self.setting_changed(tree, next(iter(FOLLOWED)))

    def follow(self) -> None:
        """Key the current frame with the settings that are there now."""
        place = find_keyed_node(self._uid)
        if place is None or place.is_nested:
            return
        frame = place.scene.frame_current
        try:
            running.key(place, [frame], LABEL, first=True, anew=False)
        except CorridorKeyError as error:
            running.host.say(None, str(error))

    def done(self, report: Report) -> None:
        """Remove what the slider made on its way, now that it came to rest elsewhere."""
        group, outcome = find_group(report.shot.request.name), report.outcome
        shown = shown_file(group, 1) if group else None
        if report.label != LABEL or shown is None or outcome is None:
            return
        if not outcome.finished and not outcome.current:
            return
        folder = shown.parent.parent
        if self._passing and self._passing != folder and _is_one_frame(self._passing):
            shutil.rmtree(self._passing, ignore_errors=True)
        self._passing = folder if outcome.finished and _is_one_frame(folder) else None

    def stop(self) -> None:
        """Forget what was to be followed."""
        if bpy.app.timers.is_registered(self.follow):
            bpy.app.timers.unregister(self.follow)


live_update = LiveUpdate()


def register() -> None:
    """Listen to settings, to undo, and to what comes of it."""
    shot_properties.listeners.append(live_update.setting_changed)
    running.host.when_over.append(live_update.done)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.append(_follow_undo)


def unregister() -> None:
    """Listen no more."""
    live_update.stop()
    shot_properties.listeners.remove(live_update.setting_changed)
    running.host.when_over.remove(live_update.done)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.remove(_follow_undo)


@bpy.app.handlers.persistent
def _follow_undo(*_arguments: Any) -> None:
    live_update.follow_undo()


def _differs(shot: Any) -> bool:
    """Whether settings that can be keyed with are others than those of what is shown."""
    try:
        return bool(shot.shown != digest_of(shot))
    except SettingsError:
        return False


def _is_one_frame(folder: Path) -> bool:
    return sum(1 for _ in (folder / ".session").glob("*.json")) == 1
