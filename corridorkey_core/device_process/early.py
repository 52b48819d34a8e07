"""How many processes a command will want, guessed before torch is there. Standard library only.

torch takes seconds to import: meanwhile the processes import it, too. Where the guess is wrong, one
was started for nothing, or starts later.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from corridorkey_core.device_process.started import Started, end_all
from corridorkey_core.plan import Plan
from corridorkey_core.settings import Settings

AVAILABLE = hasattr(os, "memfd_create")
FEWEST_FRAMES = 24
"""Of a single device; below that a process costs more than it gives."""
DEVICES = Path("/dev")
GPU = re.compile(r"nvidia\d+|dxg")


@contextmanager
def started_early(plans: Iterable[Plan]) -> Iterator[list[Started]]:
    """Processes for the devices of these plans, which end after the block."""
    wanted = (_wanted(plan.job.settings, len(plan.numbers)) for plan in plans)
    processes: list[Started] = []
    try:
        # Where there are no processes there may be no folder of devices to look into, either.
        for device in max(wanted, key=len, default=[]) if AVAILABLE else ():
            processes.append(Started(device))
        yield processes
    finally:
        end_all(processes)


def _wanted(settings: Settings, frames: int) -> list[str]:
    """The devices that will have a process, as far as can be told."""
    names = [name.strip() for name in settings.devices.split(",") if name.strip()]
    if names == ["all"]:
        names = [f"cuda:{index}" for index in range(_gpus())]
    names = names[:frames]
    if len(names) > 1:
        return names
    device = names[0] if names else settings.device
    is_cuda = device.startswith("cuda") or (device == "auto" and _gpus() > 0)
    return [device] if is_cuda and frames >= FEWEST_FRAMES else []


def _gpus() -> int:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    there = sum(bool(GPU.fullmatch(file.name)) for file in DEVICES.iterdir())
    if visible is None:
        return there
    return min(there, sum(name.strip() not in ("", "-1") for name in visible.split(",")))
