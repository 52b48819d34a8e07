"""A job that means the same from any folder, and the files and folders that it is about."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from corridorkey_core.farm.path_mapping import PATHS, PLACES
from corridorkey_core.job import Job
from corridorkey_core.job_file import is_absolute
from corridorkey_core.plan import Plan
from corridorkey_core.sequence import Sequence


@dataclass(frozen=True)
class Assets:
    """What a shot reads and writes, as absolute paths, each once."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    output: str


def absolute_job(job: Job) -> Job:
    """The job with its paths in full; links stay as they are named, since workers know those."""
    places = {name: _full(getattr(job, name)) for name in PLACES if getattr(job, name)}
    named = {name: getattr(job.settings, name) for name in PATHS}
    files = {name: _full(path) for name, path in named.items() if Path(path).expanduser().is_file()}
    return replace(job, **places, settings=job.settings.changed(**files))


def assets(plan: Plan) -> Assets:
    """What a planned shot, its paths in full, reads and writes."""
    sequences = [sequence for sequence in (plan.plate, plan.hint) if sequence]
    files = [sequence.path(1) for sequence in sequences if not _is_numbered(sequence)]
    folders = [sequence.folder for sequence in sequences if _is_numbered(sequence)]
    named = [getattr(plan.job.settings, name) for name in PATHS]
    files += [path for path in named if Path(path).is_file()]
    return Assets(tuple(dict.fromkeys(files)), tuple(dict.fromkeys(folders)), plan.job.output)


def _is_numbered(sequence: Sequence) -> bool:
    return not (sequence.is_movie or sequence.is_still)


def _full(path: str) -> str:
    if is_absolute(path):
        return path  # of another system, it may be; there is no other reading of it
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - Path resolves links
