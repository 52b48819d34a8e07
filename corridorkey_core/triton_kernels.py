"""Whether kernels of our own can run, and what says that they cannot."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable

import torch

from corridorkey_core.device import using
from corridorkey_core.launchers import make_one_at_a_time

_OLDEST = (8, 0)  # compute capability: Ampere


def cannot_run() -> tuple[type[Exception], ...]:
    """What triton raises where it, its compiler or the device cannot do it.

    Running out of memory is a RuntimeError too, and no reason to do without.
    """
    known = (ImportError, RuntimeError, OSError, subprocess.CalledProcessError)
    try:
        from triton.errors import TritonError
    except ImportError:
        return known
    return (*known, TritonError)


def may_run_on(device: torch.device) -> bool:
    """Whether a device is one that triton's kernels are written for."""
    if device.type != "cuda" or torch.version.hip:
        return False
    return torch.cuda.get_device_capability(device) >= _OLDEST


def ready_on(device: torch.device) -> bool:
    """Make triton ready for kernels on a device, from any thread; False where there can be none."""
    if not may_run_on(device) or importlib.util.find_spec("triton") is None:
        return False
    make_one_at_a_time()
    return True


def runs_on(device: torch.device, try_all: Callable[[], None]) -> bool:
    """Whether kernels can be used on a device: `try_all` runs each on a small picture of its."""
    if not ready_on(device):
        return False
    try:
        with using(device), torch.device(device):
            try_all()
    except cannot_run():
        return False
    return True


def first_line(error: BaseException) -> str:
    """What an error says, in a line."""
    return next(iter(str(error).splitlines()), type(error).__name__)
