"""Whether the engine is ready, in one line, with a button that mends what can be mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from corridorkey_plugin.protocol import Welcome

from .repair import set_up_command
from .running import running

CHECK, SET_UP, ADD_WEIGHTS = (
    ("corridorkey.check_engine", "Check"),
    ("corridorkey.set_up_engine", "Set Up Engine"),
    ("corridorkey.add_weights", "Add Weights"),
)


@dataclass(frozen=True)
class Readiness:
    """What is said of the engine, and the operator that does something about it."""

    line: str
    icon: str
    remedy: tuple[str, str] = CHECK
    details: tuple[str, ...] = ()


def readiness() -> Readiness:
    """How the engine is, as far as it was looked at."""
    repair = running.repair
    if repair:
        return Readiness(f"Working: {repair.line[:80]}", "TIME")
    if running.is_looking:
        return Readiness("Looking at the engine", "TIME")
    if running.trouble:
        lines = tuple(running.trouble.splitlines())
        remedy = SET_UP if set_up_command() else CHECK
        return Readiness(lines[0], "ERROR", remedy, lines[1:])
    if running.welcome:
        return _of(running.welcome)
    return Readiness("The engine was not looked at yet", "QUESTION")


def _of(engine: Welcome) -> Readiness:
    device = engine.devices[0] if engine.devices else "cpu"
    missing = {"auto"} if engine.checkpoint else {"auto", "corridorkey"}
    keyers = ", ".join(keyer for keyer in engine.keyers if keyer not in missing)
    line = f"Ready: engine {engine.engine} keys on {device} with {keyers}"
    if engine.checkpoint:
        return Readiness(f"{line}; weights {engine.checkpoint}", "CHECKMARK")
    return Readiness(f"{line}; no CorridorKey weights", "CHECKMARK", ADD_WEIGHTS)


def draw(layout: Any) -> None:
    """The line and its button, and what else is to be known."""
    found = readiness()
    row = layout.row()
    row.label(text=found.line, icon=found.icon)
    operator, label = found.remedy
    side = row.row()
    side.alignment = "RIGHT"
    if found.remedy != CHECK:
        side.operator(CHECK[0], text="", icon="FILE_REFRESH")
    side.operator(operator, text=label)
    if found.details:
        column = layout.column(align=True)
        column.scale_y = 0.8
        for line in found.details:
            column.label(text=line)
