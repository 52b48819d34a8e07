"""What a farm's worker runs: a task, and before and after its tasks the session's engine."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from corridorkey_core.cli.chosen import chosen_jobs
from corridorkey_core.cli.display import in_words
from corridorkey_core.cli.openjd_lines import OpenjdLines
from corridorkey_core.cli.signals import signals_cancel
from corridorkey_core.cli.summary import summary
from corridorkey_core.errors import CorridorKeyError, EngineError, SettingsError
from corridorkey_core.farm.absolute import absolute_job
from corridorkey_core.farm.engine.address import VARIABLE
from corridorkey_core.farm.engine.ask import EngineGone, close_engine, find_engine, have_keyed
from corridorkey_core.farm.engine.start import last_words, start_engine
from corridorkey_core.farm.openjd_range import read_openjd_range
from corridorkey_core.plan import Plan, check_distinct, plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CANCELLED, DONE, FRAMES_FAILED, REFUSED, CancelToken

CLOSING_SECONDS = 150.0
IDLE_SECONDS = 300.0


def task(options: argparse.Namespace) -> int:
    """Key a chunk, by the session's engine where there is one, and tell it as OpenJD reads it."""
    lines = OpenjdLines(sys.stdout)
    try:
        if options.frames:
            options.frames = read_openjd_range(options.frames)
        plans = [plan_job(absolute_job(job)) for job in chosen_jobs(options)]
        check_distinct(plans)
        with signals_cancel() as cancel:
            return max(_key(plan, lines, cancel) for plan in plans)
    except CorridorKeyError as error:
        lines.fail(in_words(error))
        return REFUSED


def open_session(options: argparse.Namespace) -> int:
    """Start a session's engine; where that fails tasks key by themselves, so it is only told."""
    folder = options.folder.absolute()
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not there; expected the session's folder.")
    idle = IDLE_SECONDS if options.idle is None else options.idle
    if not idle > 0:
        raise SettingsError(f"--idle is {idle:g}; expected more than 0 seconds.")
    try:
        start_engine(folder, idle)
    except EngineError as error:
        sys.stdout.write(f"{error}\nEvery task will load the keyer for itself.\n")
        return DONE
    sys.stdout.write(f"openjd_env: {VARIABLE}={folder}\n")
    return DONE


def close_session(options: argparse.Namespace) -> int:
    """End a session's engine and wait for its end."""
    if not close_engine(options.folder, CLOSING_SECONDS):
        sys.stderr.write("corridorkey: the session's engine has not ended yet\n")
        return FRAMES_FAILED
    return DONE


def _key(plan: Plan, lines: OpenjdLines, cancel: CancelToken) -> int:
    report = _by_the_engine(plan, lines, cancel) or _here(plan, lines, cancel)
    sys.stdout.write(summary(plan, report))
    if report.cancelled:
        return CANCELLED
    if report.failed:
        lines.fail_for_frames()
        return FRAMES_FAILED
    return DONE


def _by_the_engine(plan: Plan, lines: OpenjdLines, cancel: CancelToken) -> Report | None:
    """What the session's engine made of the chunk; None where there is none, or it died."""
    connection = find_engine(os.environ, partial(_start_again, lines))
    if connection is None:
        lines.say("no warm engine in this session; loading the keyer for this chunk")
        return None
    try:
        return have_keyed(connection, plan.job, lines, cancel)
    except EngineGone as error:
        cancel.check()
        lines.say(f"{error} {last_words(Path(os.environ[VARIABLE]))}")
        lines.say("keying what is left without it")
        return None


def _start_again(lines: OpenjdLines, folder: Path) -> None:
    lines.say("the session's engine has ended; starting another")
    start_engine(folder, IDLE_SECONDS)


def _here(plan: Plan, lines: OpenjdLines, cancel: CancelToken) -> Report:
    from corridorkey_core.device_process.crew import Crew
    from corridorkey_core.run import run
    from corridorkey_core.workshop import Workshop

    with Crew() as crew:
        return run(plan, on_event=lines, cancel=cancel, workshop=Workshop(ready=crew.ready))
