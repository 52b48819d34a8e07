"""Keying from the command line: plans, progress, signals, summary, exit status."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from corridorkey_core.cli.display import choose_display, clock
from corridorkey_core.contact_sheet import write_contact_sheet
from corridorkey_core.job import Job
from corridorkey_core.plan import Plan, plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken
from corridorkey_core.run import run
from corridorkey_core.sequence import format_frames
from corridorkey_core.trace import Trace

DONE, FRAMES_FAILED, CANCELLED = 0, 1, 130


def key_jobs(jobs: Sequence[Job], options: argparse.Namespace) -> int:
    """Key every job and return the exit status; every plan is settled before the first frame."""
    plans = [plan_job(job) for job in jobs]
    if options.dry_run:
        for plan in plans:
            sys.stdout.write("\n".join(plan.lines()) + "\n")
        return DONE
    cancel = CancelToken()
    trace = Trace() if options.trace else None
    with _signals_cancel(cancel):
        status = max(_key_shot(plan, options, cancel, trace) for plan in plans)
    if trace:
        trace.save(options.trace)
    return status


def _key_shot(
    plan: Plan, options: argparse.Namespace, cancel: CancelToken, trace: Trace | None
) -> int:
    stream = sys.stdout if options.json else sys.stderr
    display = choose_display(stream, quiet=options.quiet, json_lines=options.json)
    report = run(plan, on_event=display, cancel=cancel, trace=trace)
    if not (options.quiet or options.json):
        sys.stdout.write(summary(plan, report))
    if options.contact_sheet and not report.cancelled:
        sheet = write_contact_sheet(plan, options.contact_sheet)
        if not (options.quiet or options.json):
            sys.stdout.write(f"contact sheet: {sheet}\n")
    if report.cancelled:
        return CANCELLED
    return FRAMES_FAILED if report.failed else DONE


def summary(plan: Plan, report: Report) -> str:
    """What became of a shot, failed frames last so that they are seen."""
    words = [f"{plan.name}: {len(report.finished)} frames keyed"]
    if report.skipped:
        words.append(f"{len(report.skipped)} skipped as finished and current")
    if report.failed:
        words.append(f"{len(report.failed)} failed")
    if report.cancelled:
        words.append("cancelled; the same command goes on from here")
    lines = [", ".join(words) + f" in {clock(report.seconds)}"]
    if report.finished or report.skipped:
        lines += [f"  {path.parent}" for path in plan.files(plan.numbers[0])]
    if report.failed:
        lines.append(f"failed frames: {format_frames([fail.frame for fail in report.failed])}")
        lines += [f"  {fail.frame} {fail.stage}: {fail.reason}" for fail in report.failed]
    return "\n".join(lines) + "\n"


@contextmanager
def _signals_cancel(cancel: CancelToken) -> Iterator[None]:
    """Let an interrupt or a terminate cancel the run; a second one ends the process at once."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def on_signal(number: int, _frame: FrameType | None) -> None:
        cancel.cancel()
        signal.signal(number, before[signal.Signals(number)])
        sys.stderr.write("\ncancelling; frames in flight are finished or dropped\n")

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
