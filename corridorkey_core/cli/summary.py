"""What is said of a shot when its run is over."""

from __future__ import annotations

import json

from corridorkey_core.cli.display import clock
from corridorkey_core.plan import Plan
from corridorkey_core.process import Report
from corridorkey_core.sequence import format_frames


def summary(plan: Plan, report: Report) -> str:
    """What became of a shot, for a person; failed frames last so that they are seen."""
    words = [f"{plan.name}: {len(report.finished)} frames keyed"]
    if report.skipped:
        words.append(f"{len(report.skipped)} skipped as finished and current")
    if report.failed:
        words.append(f"{len(report.failed)} failed")
    if report.cancelled:
        words.append("cancelled; the same command goes on from here")
    elif report.unfinished:
        words.append(f"{len(report.unfinished)} not begun")
    lines = [", ".join(words) + f" in {clock(report.seconds)}"]
    if report.finished or report.skipped:
        lines += [f"  {path.parent}" for path in plan.files(plan.numbers[0])]
    if report.failed:
        lines.append(f"failed frames: {format_frames([fail.frame for fail in report.failed])}")
        lines += [f"  {fail.frame} {fail.stage}: {fail.reason}" for fail in report.failed]
    return "\n".join(lines) + "\n"


def summary_event(plan: Plan, report: Report) -> str:
    """The same as one JSON object, for a program; frames are ranges as text."""
    failed = [failure.frame for failure in report.failed]
    facts = {
        "event": "run_finished",
        "shot": plan.name,
        "finished": format_frames(report.finished),
        "skipped": format_frames(report.skipped),
        "failed": format_frames(failed),
        "unfinished": format_frames(report.unfinished),
        "cancelled": report.cancelled,
        "seconds": round(report.seconds, 3),
        "bottleneck": report.bottleneck,
    }
    return json.dumps(facts, ensure_ascii=False)
