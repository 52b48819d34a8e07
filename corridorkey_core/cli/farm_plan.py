"""`corridorkey farm plan`: chunks, time, GPU and disk, for a person or a program."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from corridorkey_core.cli.display import clock
from corridorkey_core.cli.farm_order import Work, needs_of, work_of
from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.estimate import MOST_STARTING, Estimate
from corridorkey_core.farm.figures import MIB
from corridorkey_core.farm.order import Needs
from corridorkey_core.progress import DONE

HOUR = 3600


def plan(options: argparse.Namespace) -> int:
    """Say what a farm would have to do, and what it would cost."""
    work = work_of(options)
    if work.estimate is None:
        raise SettingsError(
            "With --chunk alone there is nothing to reckon with. Give --start-seconds, "
            "--frame-seconds and --frame-mib too, or leave --chunk out and have them measured."
        )
    needs = needs_of(options, work)
    if options.json:
        facts = {**_facts(work, work.estimate, options.workers), "needs": vars(needs)}
        sys.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(_lines(work, work.estimate, options.workers, needs)) + "\n")
    return DONE


def _lines(work: Work, estimate: Estimate, workers: tuple[int, ...], needs: Needs) -> Iterator[str]:
    figures = estimate.figures
    for shot in work.shots:
        chunks = len(list(shot.chunks))
        yield (
            f"shot    {shot.name}: {_count(len(shot.frames), 'frame')} in "
            f"{_count(chunks, 'chunk')} of {shot.frames_per_chunk}"
        )
    yield (
        f"cost    {figures.start_seconds:.1f} s to start, {figures.frame_seconds:.3f} s and "
        f"{figures.frame_bytes / MIB:.2f} MiB a frame, {figures.source}"
    )
    yield f"start   {100 * estimate.starting_share:.1f} % of the work{_too_short(estimate)}"
    for count in workers:
        yield f"time    {clock(estimate.seconds_with(count))} with {_count(count, 'worker')}"
    yield f"        {clock(estimate.longest_chunk_seconds)} at least, which is the longest chunk"
    yield _gpu(needs, estimate)
    rate = _size(figures.frame_bytes / figures.frame_seconds)
    yield f"disk    {_size(estimate.disk_bytes)} of results; each worker writes {rate} a second"


def _gpu(needs: Needs, estimate: Estimate) -> str:
    hours = estimate.worker_seconds / HOUR
    if not needs.gpus:
        return f"gpu     none; {hours:.2f} hours of workers' processors"
    each = f" of {needs.gpu_memory} MiB" if needs.gpu_memory else ""
    return f"gpu     {needs.gpus * hours:.2f} hours, {needs.gpus} a chunk{each}"


def _too_short(estimate: Estimate) -> str:
    if estimate.starting_share < MOST_STARTING:
        return ""
    return f"; below {100 * MOST_STARTING:.0f} % it takes more frames than there are in a chunk"


def _facts(work: Work, estimate: Estimate, workers: tuple[int, ...]) -> dict[str, Any]:
    figures = estimate.figures
    return {
        "shots": [
            {
                "name": shot.name,
                "frames": len(shot.frames),
                "chunks": len(list(shot.chunks)),
                "frames_per_chunk": shot.frames_per_chunk,
            }
            for shot in work.shots
        ],
        "figures": vars(figures),
        "starting_share": estimate.starting_share,
        "seconds": {str(count): estimate.seconds_with(count) for count in workers},
        "longest_chunk_seconds": estimate.longest_chunk_seconds,
        "worker_seconds": estimate.worker_seconds,
        "disk_bytes": estimate.disk_bytes,
    }


def _count(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
