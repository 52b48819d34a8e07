"""Keying from the command line: plans, progress, signals, exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from corridorkey_core.cli.display import choose_display, in_words
from corridorkey_core.cli.signals import signals_cancel
from corridorkey_core.cli.summary import summary, summary_event
from corridorkey_core.contact_sheet import write_contact_sheet
from corridorkey_core.errors import CorridorKeyError, SettingsError
from corridorkey_core.job import Job
from corridorkey_core.plan import Plan, check_distinct, plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CANCELLED, DONE, FRAMES_FAILED, REFUSED, CancelToken
from corridorkey_core.run import run
from corridorkey_core.trace import Trace


def key_jobs(jobs: Sequence[Job], options: argparse.Namespace) -> int:
    """Key every job and return the exit status; every plan is settled before the first frame."""
    plans = [plan_job(job) for job in jobs]
    check_distinct(plans)
    _check_targets(options)
    if options.dry_run:
        sys.stdout.write("\n\n".join("\n".join(plan.lines()) for plan in plans) + "\n")
        return DONE
    trace = Trace() if options.trace else None
    with signals_cancel() as cancel:
        status = _key_shots(plans, options, cancel, trace)
    if trace:
        _save(trace, options.trace)
    return status


def _key_shots(
    plans: Sequence[Plan], options: argparse.Namespace, cancel: CancelToken, trace: Trace | None
) -> int:
    """Key one shot after the other; one that cannot start does not stop those after it."""
    worst = DONE
    for plan in plans:
        try:
            status = _key_shot(plan, options, cancel, trace, several=len(plans) > 1)
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
    *,
    several: bool,
) -> int:
    stream = sys.stdout if options.json else sys.stderr
    display = choose_display(stream, quiet=options.quiet, json_lines=options.json)
    report = run(plan, on_event=display, cancel=cancel, trace=trace)
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


def _check_targets(options: argparse.Namespace) -> None:
    """Refuse what would fail only after hours of keying."""
    sheet: Path | None = options.contact_sheet
    if sheet and sheet.suffix.lower() != ".png":
        raise SettingsError(f"The contact sheet is {sheet}; expected a name that ends with .png.")
    for path in (sheet, options.trace):
        if path and path.is_dir():
            raise SettingsError(f"{path} is a folder; expected the name of a file.")


def _save(trace: Trace, path: Path) -> None:
    try:
        trace.save(path)
    except OSError as error:
        raise SettingsError(
            f"The trace {path} cannot be written: {error.strerror}. The frames are not affected."
        ) from error
