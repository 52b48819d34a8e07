"""Keying plans from the command line, one after the other: heavy to import."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from corridorkey_core.cli.display import choose_display, in_words
from corridorkey_core.cli.summary import summary, summary_event
from corridorkey_core.contact_sheet import write_contact_sheet
from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.plan import Plan
from corridorkey_core.process import Report
from corridorkey_core.progress import CANCELLED, DONE, FRAMES_FAILED, REFUSED, CancelToken
from corridorkey_core.run import run
from corridorkey_core.trace import Trace
from corridorkey_core.workshop import Workshop


def key_shots(
    plans: Sequence[Plan],
    options: argparse.Namespace,
    cancel: CancelToken,
    trace: Trace | None,
    workshop: Workshop,
) -> int:
    """Key one shot after the other; one that cannot start does not stop those after it."""
    worst = DONE
    for plan in plans:
        try:
            status = _key_shot(plan, options, cancel, trace, workshop, several=len(plans) > 1)
        except CorridorKeyError as error:
            if len(plans) == 1:
                raise
            sys.stderr.write(f"corridorkey: {plan.name}: {in_words(error)}\n")
            status = REFUSED
        worst = max(worst, status)
        if cancel.cancelled:
            return CANCELLED if plan is not plans[-1] else worst
    return worst


def _key_shot(
    plan: Plan,
    options: argparse.Namespace,
    cancel: CancelToken,
    trace: Trace | None,
    workshop: Workshop,
    *,
    several: bool,
) -> int:
    stream = sys.stdout if options.json else sys.stderr
    display = choose_display(stream, quiet=options.quiet, json_lines=options.json)
    report = run(plan, on_event=display, cancel=cancel, trace=trace, workshop=workshop)
    sheet = _contact_sheet(plan, report, options, several=several)
    if options.json:
        sys.stdout.write(summary_event(plan, report) + "\n")
    elif not options.quiet:
        sys.stdout.write(summary(plan, report))
        if sheet:
            sys.stdout.write(f"contact sheet: {sheet}\n")
    if report.cancelled:
        return CANCELLED
    return FRAMES_FAILED if report.failed else DONE


def _contact_sheet(
    plan: Plan, report: Report, options: argparse.Namespace, *, several: bool
) -> Path | None:
    numbers = sorted({*report.finished, *report.skipped})
    if not options.contact_sheet or not numbers or report.cancelled:
        return None
    path: Path = options.contact_sheet
    return write_contact_sheet(
        plan, numbers, path.with_stem(f"{path.stem}_{plan.name}") if several else path
    )
