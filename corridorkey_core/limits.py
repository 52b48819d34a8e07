"""How much of a shot may be in memory at once, and how many threads read and write."""

from __future__ import annotations

import os
from dataclasses import dataclass

from corridorkey_core.settings import Settings

MOST_THREADS = 32
LEAST_AHEAD = 3  # frames read before a device needs them, however few threads read
MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds on both sides of the device; each side always allows one frame, however large.

    `read_ahead` frames and `read_bytes` are read or being read and not yet keyed; `write_behind`
    frames and `write_bytes` are keyed and not yet on disk. `frame_bytes` is what one read frame
    is expected to hold until one was read. Raises `ValueError` for a bound below 1.
    """

    frame_bytes: int
    read_ahead: int = 3
    write_behind: int = 3
    read_bytes: int = 2048 * MIB
    write_bytes: int = 2048 * MIB
    read_threads: int = 2
    write_threads: int = 4

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value >= 1:
                raise ValueError(f"{name} is {value}; expected 1 or more.")


def limits_for(
    settings: Settings, frame_bytes: int, processors: int | None = None, devices: int = 1
) -> Limits:
    """The limits that settings ask for, fitted to the machine where they leave it open.

    Each of `devices` needs frames read ahead and a place for the one that it keys. Writing gets a
    thread for every processor, since encoding is what costs there, and enough frames to keep the
    threads busy. Half of `memory_limit` goes to each side.
    """
    usable = processors or usable_processors()
    write_threads = settings.write_threads or min(usable, MOST_THREADS)
    files = 2 if settings.layout == "layered" else len(settings.passes)
    half = settings.memory_limit * MIB // 2
    read_threads = settings.read_threads or max(1, usable // 2)
    read_ahead = devices * settings.read_ahead or max(LEAST_AHEAD * devices, read_threads + 1)
    return Limits(
        frame_bytes=max(1, frame_bytes),
        read_ahead=read_ahead,
        write_behind=settings.write_behind or devices + -(-write_threads // files),
        read_bytes=half,
        write_bytes=half,
        read_threads=min(read_threads, read_ahead),
        write_threads=write_threads,
    )


def usable_processors() -> int:
    """Processors this process may run on; on a farm often fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
