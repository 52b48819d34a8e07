"""Blender, as the plugin layer sees its host: one main thread, a panel, and node groups."""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import bpy
from corridorkey_plugin.host import Outcome, Result

from corridorkey_core.progress import Progress

from .moment import Moment
from .node_group import show
from .shot_properties import find_group
from .shot_request import ShotRequest

LONGEST_TURN = 0.03  # seconds; then Blender's own interface is given its turn


@dataclass
class Report:
    """What is told of one request: for the panel, the status bar, and whoever waits."""

    shot: ShotRequest
    label: str
    key: Any = None
    progress: Progress | None = None
    said: list[str] = field(default_factory=list)
    outcome: Outcome | None = None

    @property
    def is_over(self) -> bool:
        """Whether it came to its end."""
        return self.outcome is not None


class BlenderHost:
    """The host's side of every request; `reports` are those on their way."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.moment = Moment()
        self.reports: list[Report] = []
        self.when_over: list[Callable[[Report], None]] = []
        self._say = say
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    @property
    def name(self) -> str:
        """The host's name and version."""
        return f"blender {bpy.app.version_string}"

    def on_main_thread(self, work: Callable[[], None]) -> None:
        """Have `work` called by the next turn; any thread may ask."""
        self._work.put(work)

    def turn(self) -> None:
        """Do what waits, for no longer than an artist would notice."""
        end = time.monotonic() + LONGEST_TURN
        while not self._work.empty() and time.monotonic() < end:
            with self.moment.going_on():
                self._work.get()()

    def show_progress(self, key: Any, progress: Progress) -> None:
        """Keep it for panel and status bar, and have them drawn."""
        report = self._report(key)
        if report:
            report.progress = progress
            redraw()

    def show_frame(self, key: Any, result: Result) -> None:
        """Have the group read the frame."""
        report, group = self._report(key), find_group(key.request.name)
        if report and group:
            show(group, result, report.shot.mapping, still=report.shot.is_still)
            group.corridorkey.shown = report.shot.digest
            redraw()

    def say(self, key: Any, message: str) -> None:
        """Keep it for the report, and say it on the console."""
        report = self._report(key)
        if report:
            report.said.append(message)
        self._say(message)

    def ask(self, key: Any, question: str) -> bool:
        """No: Blender can only ask a person while it does nothing else."""
        self.say(key, question)
        return False

    def finished(self, key: Any, outcome: Outcome) -> None:
        """Keep the outcome for whoever waits for it."""
        report = self._report(key)
        if report is None:
            return
        report.outcome = outcome
        self.reports.remove(report)
        for told in self.when_over:
            told(report)
        redraw()

    def _report(self, key: Any) -> Report | None:
        """The report of a request; a batch is told of it before it knows its key."""
        for report in self.reports:
            if report.key is None and report.shot.request is key.request:
                report.key = key
            if report.key is key:
                return report
        return None


def redraw() -> None:
    """Have what shows a request drawn again."""
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type in ("NODE_EDITOR", "STATUSBAR", "PREFERENCES"):
                area.tag_redraw()


def to_console(message: str) -> None:
    """Say a line on the console, as Blender's own log."""
    sys.stdout.write(f"Corridor Key: {message}\n")
    sys.stdout.flush()
