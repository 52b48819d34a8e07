"""`corridorkey farm`: what a shot costs, the files for a farm, and a farm's own commands."""

from __future__ import annotations

import argparse
from pathlib import Path

from corridorkey_core.cli.chosen import add_choice
from corridorkey_core.cli.farm_order import add_figures, add_needs, add_sender
from corridorkey_core.cli.parser import Commands
from corridorkey_core.farm.formats import FORMATS


def add_farm(commands: Commands) -> None:
    """Give the command line its `farm` command."""
    farm = commands.add_parser("farm", help="key on a render farm")
    actions = farm.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_plan(actions)
    _add_export(actions)
    _add_session(actions)


def _add_plan(actions: Commands) -> None:
    plan = actions.add_parser("plan", help="say how many chunks, how long, how much GPU and disk")
    _add_job(plan)
    add_figures(plan)
    add_needs(plan)
    plan.add_argument(
        "--workers",
        metavar="N,N,..",
        type=_counts,
        default=(1, 10, 100),
        help="numbers of workers to say the time for (default: 1,10,100)",
    )
    plan.add_argument("--json", action="store_true")
    plan.set_defaults(command=_plan)


def _add_export(actions: Commands) -> None:
    export = actions.add_parser("export", help="write the files that a farm's engine takes")
    _add_job(export)
    export.add_argument("-o", "--output", metavar="FOLDER", type=Path, required=True)
    export.add_argument("--format", choices=tuple(FORMATS), default="openjd")
    export.add_argument("--force", action="store_true", help="replace a bundle that is there")
    add_figures(export)
    add_needs(export)
    add_sender(export)
    export.set_defaults(command=_export)


def _add_job(parser: argparse.ArgumentParser) -> None:
    add_choice(parser)
    parser.add_argument("--frames", default="", help="such as 1001-1100, 1-100x2 or 1-10,20-30")


def _add_session(actions: Commands) -> None:
    task = actions.add_parser("task", help="key a chunk as a task of Open Job Description")
    add_choice(task)
    task.add_argument("--frames", default="", help="as Open Job Description has it: 1-10,20-30:2")
    task.set_defaults(command=_task)
    opening = actions.add_parser("open", help="start one engine for all tasks of a session")
    opening.add_argument("folder", metavar="FOLDER", type=Path, help="the session's own")
    opening.add_argument(
        "--idle",
        metavar="SECONDS",
        type=float,
        help="end it when there was no task for so long (default: 300)",
    )
    opening.set_defaults(command=_open)
    close = actions.add_parser("close", help="end the engine of a session")
    close.add_argument("folder", metavar="FOLDER", type=Path)
    close.set_defaults(command=_close)


def _plan(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.farm_plan import plan

    return plan(options)


def _export(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.farm_export import export

    return export(options)


def _task(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.farm_session import task

    return task(options)


def _open(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.farm_session import open_session

    return open_session(options)


def _close(options: argparse.Namespace) -> int:
    from corridorkey_core.cli.farm_session import close_session

    return close_session(options)


def _counts(text: str) -> tuple[int, ...]:
    try:
        counts = tuple(int(word) for word in text.split(","))
    except ValueError:
        counts = ()
    if not counts or min(counts) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; expected numbers of workers such as 1,10,100")
    return counts
