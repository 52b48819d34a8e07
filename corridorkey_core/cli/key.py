"""Keying from the command line: plans, processes, signals, exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from corridorkey_core.cli.signals import signals_cancel
from corridorkey_core.device_process.early import started_early
from corridorkey_core.early_context import context_meanwhile
from corridorkey_core.errors import SettingsError
from corridorkey_core.garbage import nothing_searched
from corridorkey_core.job import Job
from corridorkey_core.plan import Plan, check_distinct, plan_job
from corridorkey_core.progress import DONE
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
    status = _key(plans, options, trace)
    if trace:
        _save(trace, options.trace)
    return status


def _key(plans: Sequence[Plan], options: argparse.Namespace, trace: Trace | None) -> int:
    with signals_cancel() as cancel, started_early(plans) as processes:
        device = "cpu" if processes else plans[0].job.settings.device
        with context_meanwhile(device), nothing_searched():
            # Heavy: the processes import it at the same time.
            from corridorkey_core.cli.shots import key_shots
            from corridorkey_core.device_process.crew import Crew
            from corridorkey_core.workshop import Workshop

        with Crew(processes) as crew:
            return key_shots(plans, options, cancel, trace, Workshop(ready=crew.ready))


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
