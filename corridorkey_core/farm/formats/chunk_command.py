"""The command that keys one chunk, for engines that start a process for each."""

from __future__ import annotations

from pathlib import Path

from corridorkey_core.farm.order import JOB_FILE, Order, Shot


def chunk_command(order: Order, shot: Shot, part: str) -> list[str]:
    """The words of the command; `part` is FIRST-LAST, or what an engine puts in its place.

    Frames that a shot leaves out between FIRST and LAST are left out by the worker.
    """
    job = str(Path(order.folder, JOB_FILE))
    return [order.command, "run", job, f"--shot={shot.name}", f"--part={part}"]


def part(frames: tuple[int, ...]) -> str:
    """Ascending frames as FIRST-LAST."""
    return f"{frames[0]}-{frames[-1]}"
