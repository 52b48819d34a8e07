"""Figures measured here: a few frames of a shot, keyed by the command that a farm runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.figures import Figures
from corridorkey_core.job import Job
from corridorkey_core.job_file import jobs_text
from corridorkey_core.progress import CancelToken
from corridorkey_core.sequence import format_frames, spread

FEWEST = 2
Clock = Callable[[], float]


@dataclass(frozen=True)
class Timed:
    """One event of a run, and when it was told."""

    seconds: float
    event: dict[str, Any]

    @property
    def kind(self) -> str:
        """What happened."""
        return str(self.event.get("event"))


def calibrate(
    job: Job,
    frames: Sequence[int],
    count: int,
    cancel: CancelToken,
    clock: Clock = time.monotonic,
) -> Figures:
    """Key `count` frames, spread over those of the shot, in a folder that is removed again.

    The folder lies beside the results where that can be, so that the same disk is measured.
    Raises `SettingsError` where the frames cannot be keyed, and `Cancelled`.
    """
    chosen = spread(tuple(frames), max(FEWEST, count))
    beside = _beside(job.output)
    with tempfile.TemporaryDirectory(prefix=".corridorkey-measure-", dir=beside) as name:
        folder = Path(name)
        trial = replace(job, output=str(folder / "out"), frames=format_frames(chosen))
        file = folder / "job.yaml"
        file.write_text(jobs_text([trial]), encoding="utf-8")
        events = tuple(_timed(file, cancel, clock))
        written = sum(path.stat().st_size for path in _pictures(folder / "out"))
    return figures_of(events, written)


def figures_of(events: Sequence[Timed], written: int) -> Figures:
    """The figures of a run of several frames, from when it told what, since its process began.

    A frame's share is the time between the first and the last that finished, so that filling the
    pipeline counts as starting. Raises `SettingsError` where fewer than two frames finished.
    """
    finished = [timed.seconds for timed in events if timed.kind == "frame_finished"]
    if len(finished) < FEWEST:
        failed = [timed.event for timed in events if timed.kind == "frame_failed"]
        reasons = {str(event.get("reason")) for event in failed}
        raise SettingsError(
            f"{len(finished)} frames could be keyed to measure by, expected {FEWEST} or more. "
            f"{' '.join(sorted(reasons))} Name the figures instead: --start-seconds, "
            "--frame-seconds and --frame-mib."
        )
    each = (finished[-1] - finished[0]) / (len(finished) - 1)
    each = max(each, 1e-3)  # several may be told in one breath
    return Figures(
        start_seconds=max(0.0, finished[0] - each),
        frame_seconds=each,
        frame_bytes=written / len(finished),
        source=f"measured here over {len(finished)} frames",
    )


def _timed(job: Path, cancel: CancelToken, clock: Clock) -> Iterator[Timed]:
    command = [sys.executable, "-m", "corridorkey_core", "run", str(job), "--json"]
    began = clock()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said) as child,
        cancel.waking(child.terminate),
    ):
        assert child.stdout is not None
        last = None
        for line in child.stdout:
            last = Timed(clock() - began, json.loads(line))
            yield last
        status = child.wait()
        cancel.check()
        if last is None or last.kind != "run_finished":
            said.seek(0)
            reason = said.read().decode("utf-8", "replace").strip()
            raise SettingsError(f"No frame can be keyed to measure by: {reason or status}")


def _beside(output: str) -> str | None:
    """The nearest folder above the results that is there; None where nothing can be put there."""
    folder = Path(output).absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return str(folder) if os.access(folder, os.W_OK | os.X_OK) else None


def _pictures(output: Path) -> Iterator[Path]:
    for path in output.rglob("*"):
        if path.is_file() and ".corridorkey" not in path.parts:
            yield path
