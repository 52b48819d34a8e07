"""Which shots of a job file, and which of their frames, a command is about."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace
from pathlib import Path

from corridorkey_core.errors import SequenceError, SettingsError
from corridorkey_core.farm.path_mapping import mapped_job, read_rules
from corridorkey_core.job import Job
from corridorkey_core.job_file import read_jobs
from corridorkey_core.parameter import did_you_mean
from corridorkey_core.sequence import find_sequence, format_frames, parse_frames

_PART = re.compile(r"(?P<first>-?[0-9]+)(?:-(?P<last>-?[0-9]+)|\+(?P<count>[0-9]+))?")


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Give a command that reads a job file the options that choose among its shots and frames."""
    parser.add_argument("job", metavar="JOB.yaml", type=Path)
    parser.add_argument("--shot", metavar="NAME", default="", help="only the shot of this name")
    parser.add_argument(
        "--part",
        metavar="FIRST-LAST",
        default="",
        help="only those of the shot's own frames that are from FIRST to LAST; FIRST+COUNT takes "
        "so many of them from FIRST on",
    )
    parser.add_argument(
        "--path-mapping",
        metavar="RULES.json",
        type=Path,
        help="where paths of the job lie here (Open Job Description's pathmapping-1.0)",
    )


def chosen_jobs(options: argparse.Namespace) -> tuple[Job, ...]:
    """The jobs that the options choose; `options.frames` replaces a shot's own frames.

    Raises `SettingsError` and `SequenceError` for a choice that leaves nothing.
    """
    jobs = read_jobs(options.job)
    if options.path_mapping:
        rules = read_rules(options.path_mapping)
        jobs = tuple(mapped_job(job, rules) for job in jobs)
    if options.shot:
        jobs = (_named(jobs, options.shot, options.job),)
    if options.frames:
        jobs = tuple(replace(job, frames=options.frames) for job in jobs)
    return tuple(part_of(job, options.part) for job in jobs) if options.part else jobs


def shot_name(job: Job) -> str:
    """A shot's name: its own, else its plate's; raises what finding the plate raises."""
    return job.name or find_sequence(job.plate).name


def _named(jobs: tuple[Job, ...], name: str, file: Path) -> Job:
    names = [shot_name(job) for job in jobs]
    found = [job for job, its in zip(jobs, names, strict=True) if its == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsError(
            f"{file}: {len(found)} shots are named {name}. Give each a `name` of its own."
        )
    listed = f" It has {', '.join(names)}." if len(names) <= 10 else ""
    raise SettingsError(f"{file} has no shot {name!r}.{did_you_mean(name, names)}{listed}")


def part_of(job: Job, text: str) -> Job:
    """The job with only those of its frames that are in `FIRST-LAST` or `FIRST+COUNT`."""
    match = _PART.fullmatch(re.sub(r"\s", "", text))
    if match is None:
        raise SequenceError(
            f"The part {text!r} is not understood; expected such as 1001-1040 or 1001+40."
        )
    own = parse_frames(job.frames) if job.frames else find_sequence(job.plate).frames
    first = int(match["first"])
    if match["count"]:
        part = sorted(number for number in own if number >= first)[: int(match["count"])]
    else:
        last = int(match["last"] or first)
        part = [number for number in own if first <= number <= last]
    if not part:
        raise SequenceError(f"The shot has frames {format_frames(own)}; none is in {text}.")
    return replace(job, frames=format_frames(part))
