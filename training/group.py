"""Processes that learn together: one a device, each on pictures of its own, with equal weights."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor
from torch.multiprocessing.spawn import spawn

_PATIENCE = timedelta(seconds=120)  # for a process that has died or hangs


@dataclass(frozen=True)
class Group:
    """One process of `size` that learn together; the first one, `rank` 0, tells and saves."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process speaks for all."""
        return self.rank == 0

    def average(self, values: Tensor) -> None:
        """Replace `values` by their mean over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
            values /= self.size

    def agree(self, values: Tensor) -> None:
        """Replace `values` by the first process's, in place."""
        if self.size > 1:
            dist.broadcast(values, 0)


ALONE = Group()


def together(work: Callable[[Group, torch.device], None], devices: list[torch.device]) -> None:
    """Do `work` in a process for each device; with one device in this process.

    `work` is picklable. What one of several processes raises ends all, and is raised here as
    `torch.multiprocessing.ProcessRaisedException`.
    """
    if len(devices) == 1:
        work(ALONE, devices[0])
        return
    with tempfile.TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        spawn(_member, (work, devices, meeting), nprocs=len(devices))  # type: ignore[no-untyped-call]


def _member(
    rank: int,
    work: Callable[[Group, torch.device], None],
    devices: list[torch.device],
    meeting: Path,
) -> None:
    device = devices[rank]
    cuda = device.type == "cuda"
    if cuda:
        torch.cuda.set_device(device)
    dist.init_process_group(
        "nccl" if cuda else "gloo",
        init_method=meeting.as_uri(),
        rank=rank,
        world_size=len(devices),
        timeout=_PATIENCE,
        device_id=device if cuda else None,
    )
    work(Group(rank, len(devices)), device)
    # Not where that failed: the others would learn of it sooner than of the reason.
    dist.destroy_process_group()
