"""How far a request is, in the panel and in the status bar, with a cross that cancels."""

from __future__ import annotations

from typing import Any

from .blender_host import Report
from .running import running

STATUS_BAR_WIDTH = 16


def draw_progress(layout: Any) -> None:
    """One bar for each request on its way."""
    for report in running.host.reports:
        row = layout.row(align=True)
        row.progress(factor=factor_of(report), text=text_of(report))
        row.operator("corridorkey.cancel", text="", icon="X")


def draw_status_bar(header: Any, _context: Any) -> None:
    """The first of them; nothing where none is on its way."""
    if running.host.reports:
        report = running.host.reports[0]
        row = header.layout.row(align=True)
        row.ui_units_x = STATUS_BAR_WIDTH
        row.progress(factor=factor_of(report), text=f"Corridor Key: {text_of(report)}")
        row.operator("corridorkey.cancel", text="", icon="X")


def factor_of(report: Report) -> float:
    """How much is done, 0 to 1."""
    progress = report.progress
    return progress.done / progress.total if progress and progress.total else 0.0


def text_of(report: Report) -> str:
    """Frames done, frames a second, time left."""
    progress = report.progress
    frames = len(report.shot.request.frames)
    if progress is None:
        first = "starting the engine" if running.engine is None else "waiting"
        return f"{first}, {frames} frames" if frames > 1 else first
    parts = [f"{progress.done}/{progress.total}"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.rate:
        parts.append(f"{progress.rate:.2f} frames/s")
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        parts.append(f"{minutes}:{seconds:02d} left")
    return "  ".join(parts)
