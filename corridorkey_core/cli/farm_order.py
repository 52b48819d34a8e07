"""The options of a farm's commands, and what they make: shots, figures, needs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace

from corridorkey_core.cli.chosen import chosen_jobs
from corridorkey_core.cli.signals import signals_cancel
from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.absolute import absolute_job
from corridorkey_core.farm.calibrate import calibrate
from corridorkey_core.farm.estimate import Estimate, estimate, frames_per_chunk
from corridorkey_core.farm.figures import MIB, Figures
from corridorkey_core.farm.order import A_DAY, Needs, Shot
from corridorkey_core.plan import Plan, check_distinct, plan_job
from corridorkey_core.settings import Settings

FRAMES_MEASURED = 5
ON_A_GPU_MIB = 6144
BESIDE_PIXELS_MIB = 4096
LEAST_TIMEOUT, TIMES_EXPECTED = 3600, 10


@dataclass(frozen=True)
class Work:
    """What a job file asks for: its plans, the shots in chunks, and the figures they rest on."""

    plans: tuple[Plan, ...]
    shots: tuple[Shot, ...]
    figures: Figures | None

    @property
    def estimate(self) -> Estimate | None:
        """What the chunks cost, where there are figures."""
        if self.figures is None:
            return None
        sizes = [(len(shot.frames), shot.frames_per_chunk) for shot in self.shots]
        return estimate(sizes, self.figures)


def add_figures(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say what a chunk is, and what it costs."""
    group = parser.add_argument_group(
        "Chunks", "What starting and a frame cost is measured here, unless it is given."
    )
    group.add_argument("--chunk", metavar="N", type=int, help="frames in a chunk")
    group.add_argument("--start-seconds", metavar="X", type=float)
    group.add_argument("--frame-seconds", metavar="X", type=float)
    group.add_argument("--frame-mib", metavar="X", type=float)
    group.add_argument(
        "--measure",
        metavar="N",
        type=int,
        default=FRAMES_MEASURED,
        help="frames to measure by (default: %(default)d)",
    )


def add_needs(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say what a chunk's worker must have."""
    group = parser.add_argument_group("Worker", "What one chunk needs; 0 asks for none.")
    group.add_argument(
        "--gpus", metavar="N", type=int, help="default: as many as `devices` names, else 1"
    )
    group.add_argument("--gpu-memory", metavar="MIB", type=int, help=f"default: {ON_A_GPU_MIB}")
    group.add_argument("--memory", metavar="MIB", type=int, help="default: from memory_limit")
    group.add_argument("--cores", metavar="N", type=int, default=0, help="default: the engine's")
    group.add_argument("--timeout", metavar="SECONDS", type=int, help="of one chunk")


def add_sender(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that say who hands a job in, and how workers start it."""
    group = parser.add_argument_group("Job")
    group.add_argument(
        "--command",
        metavar="WORD",
        dest="worker_command",
        default="corridorkey",
        help="how a worker starts Corridor Key (default: %(default)s)",
    )
    group.add_argument("--user", metavar="NAME", default="", help="who hands it in")
    group.add_argument("--show", metavar="NAME", default="testing", help="OpenCue's production")


def work_of(options: argparse.Namespace) -> Work:
    """Plan the job file's shots and cut them into chunks, measuring where nothing is given."""
    plans = tuple(plan_job(absolute_job(job)) for job in chosen_jobs(options))
    check_distinct(plans)
    figures = _figures(options, plans)
    return Work(plans, tuple(_shot(plan, options.chunk, figures) for plan in plans), figures)


def needs_of(options: argparse.Namespace, work: Work) -> Needs:
    """What a chunk needs, by the options and else by the shots' settings."""
    settings = [plan.job.settings for plan in work.plans]
    gpus = _given(options.gpus, max(map(_devices, settings)))
    pixels = max(its.memory_limit for its in settings)
    return Needs(
        gpus=gpus,
        gpu_memory=_given(options.gpu_memory, ON_A_GPU_MIB if gpus else 0),
        memory=_given(options.memory, pixels + BESIDE_PIXELS_MIB),
        cores=options.cores,
        timeout_seconds=_given(options.timeout, _timeout(work.estimate)),
    )


def _figures(options: argparse.Namespace, plans: tuple[Plan, ...]) -> Figures | None:
    """The figures given and measured; None where only the size of a chunk is given."""
    names = ("start_seconds", "frame_seconds", "frame_mib")
    given = {name: getattr(options, name) for name in names}
    known = {name: value for name, value in given.items() if value is not None}
    if options.chunk is not None and not known:
        return None
    if len(known) == len(names):
        mib = known.pop("frame_mib")
        return Figures(**known, frame_bytes=mib * MIB, source="given")
    figures = _measured(options, plans)
    if not known:
        return figures
    changes = {name: value for name, value in known.items() if name != "frame_mib"}
    if "frame_mib" in known:
        changes["frame_bytes"] = known["frame_mib"] * MIB
    words = ", ".join(name.replace("_", " ") for name in known)
    return replace(figures, **changes, source=f"{figures.source}; {words} given")


def _measured(options: argparse.Namespace, plans: tuple[Plan, ...]) -> Figures:
    longest = max(plans, key=lambda plan: len(plan.numbers))
    there = tuple(number for number in longest.numbers if number in set(longest.plate.frames))
    sys.stderr.write(f"measuring a few frames of {longest.name}\n")
    with signals_cancel() as cancel:
        return calibrate(longest.job, there, options.measure, cancel)


def _shot(plan: Plan, chunk: int | None, figures: Figures | None) -> Shot:
    frames = tuple(sorted(plan.numbers))
    if chunk is None:
        assert figures is not None
        chunk = frames_per_chunk(len(frames), figures)
    if chunk < 1:
        raise SettingsError(f"--chunk is {chunk}; expected 1 or more frames.")
    job = replace(plan.job, name=plan.name)
    return Shot(plan.name, job, frames, chunk)


def _devices(settings: Settings) -> int:
    """How many GPUs a shot's settings name; one where that is left to the worker."""
    names = [name.strip() for name in (settings.devices or settings.device).split(",")]
    return sum(name != "cpu" for name in names)


def _timeout(estimate: Estimate | None) -> int:
    if estimate is None:
        return A_DAY
    return max(LEAST_TIMEOUT, round(TIMES_EXPECTED * estimate.longest_chunk_seconds))


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
