"""Keying on a farm without Nuke: inputs staged and a job file here, the headless engine there.

CACHE/NAME/inputs/plate.1001.exr             what Nuke rendered; nothing, where the plate is a file
CACHE/NAME/farm-HASH/job.yaml                for `corridorkey run`
CACHE/NAME/farm-HASH/layered/NAME.1001.exr   what comes of it
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from corridorkey_plugin.host import RenderError, Request, Result, forward_slashes
from corridorkey_plugin.inputs import Pictures, Staged, open_inputs, spans
from corridorkey_plugin.results import job_mapping, shot_folder

from corridorkey_core.errors import CorridorKeyError
from corridorkey_nuke.host import tell

JOB = "job.yaml"
LAYERED = "layered"
INPUTS = "inputs"


def farm_folder(request: Request) -> Path:
    """Where a farm's results of a request are, or would be. Raises `SequenceError`."""
    plate, hint = _inputs(request, _named_folder(request))
    return _folder(request, plate, hint)


def stage(request: Request, frames: Iterable[int]) -> tuple[Path, tuple[int, ...]]:
    """Render inputs of some frames and write the job; returns its file and the frames that failed.

    Chunks of one shot may be staged side by side: each renders its own frames, the job is the same.
    """
    plate, hint = _inputs(request, shot_folder(request))
    failed = [frame for frame in frames if not _staged(frame, plate, hint)]
    folder = _folder(request, plate, hint)
    folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and all that a host's Python can write.
    job = {**_job(request, folder, plate, hint), "frames": spans(request.frames)}
    (folder / JOB).write_text(json.dumps(job, indent=1), encoding="utf-8")
    return folder / JOB, tuple(failed)


def current(request: Request, frames: Iterable[int]) -> tuple[Result, ...]:
    """The frames that a farm keyed, and that are newer than the plate and the hint are now."""
    plate, hint = _inputs(request, _named_folder(request))
    place = _folder(request, plate, hint) / LAYERED
    found = []
    for frame in frames:
        file = place / f"{request.name}.{frame:04d}.exr"
        if all(_is_older(pictures, frame, file) for pictures in (plate, hint) if pictures):
            found.append(Result(frame, (forward_slashes(file.as_posix()),)))
    return tuple(found)


def _inputs(request: Request, folder: Path) -> tuple[Pictures, Pictures | None]:
    return open_inputs(request.plate, request.hint, request.clip, folder / INPUTS)


def _named_folder(request: Request) -> Path:
    # `shot_folder` would make it; looking must not write.
    return Path(request.cache).expanduser().absolute() / request.name


def _staged(frame: int, plate: Pictures, hint: Pictures | None) -> bool:
    try:
        for pictures in (plate, hint):
            if pictures:
                pictures.fetch(frame)
    except RenderError as error:
        tell(f"Frame {frame} cannot be rendered: {error}")
        return False
    return True


def _folder(request: Request, plate: Pictures, hint: Pictures | None) -> Path:
    job = _job(request, Path(), plate, hint)
    digest = hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()
    return _named_folder(request) / f"farm-{digest[:16]}"


def _job(request: Request, output: Path, plate: Pictures, hint: Pictures | None) -> dict[str, Any]:
    return job_mapping(request, output, plate.pattern, hint.pattern if hint else "", "")


def _is_older(pictures: Pictures, frame: int, keyed: Path) -> bool:
    """Whether a frame's picture is there, as it should be, and was so before it was keyed."""
    if isinstance(pictures, Staged):
        if not pictures.is_there(frame):
            return False
        source = pictures.path(frame)
    else:
        sequence = getattr(pictures, "sequence", None)
        source = Path(sequence.path(frame)) if sequence else Path(pictures.pattern)
    try:
        return source.stat().st_mtime_ns <= keyed.stat().st_mtime_ns
    except (OSError, CorridorKeyError):
        return False
