"""Whether kernels of our own can run, and what says that they cannot."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import torch

from corridorkey_core.device import using
from corridorkey_core.launchers import make_one_at_a_time

_OLDEST = (8, 0)  # compute capability: Ampere


@dataclass(frozen=True)
class Trial:
    """Whether kernels can be used on a device, and where they failed there, `why`."""

    passed: bool
    why: str = ""


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
    return device.type == "cuda" and not _unsuited(device)


def is_installed() -> bool:
    """Whether triton is there to be imported, which may fail all the same."""
    return importlib.util.find_spec("triton") is not None


def hindrance(device: torch.device) -> str:
    """Why a GPU can have no kernels of ours; empty where it may, and for all that is no GPU."""
    if device.type != "cuda":
        return ""
    return _unsuited(device) or ("" if is_installed() else "triton is not installed")


def _unsuited(device: torch.device) -> str:
    if torch.version.hip:
        return "they are for NVIDIA's GPUs"
    found = torch.cuda.get_device_capability(device)
    if found >= _OLDEST:
        return ""
    return "they want compute capability {}.{} or later, it has {}.{}".format(*_OLDEST, *found)


def ready_on(device: torch.device) -> bool:
    """Make triton ready for kernels on a device, from any thread; False where there can be none."""
    if not (may_run_on(device) and is_installed()):
        return False
    make_one_at_a_time()
    return True


def tried_on(device: torch.device, try_all: Callable[[], None]) -> Trial:
    """Whether kernels can be used on a device: `try_all` runs each on a small picture of its.

    One that can have none has nothing to fail: its trial gives no reason.
    """
    if not ready_on(device):
        return Trial(False)
    try:
        with using(device), torch.device(device):
            try_all()
    except cannot_run() as error:
        return Trial(False, first_line(error))
    return Trial(True)


def first_line(error: BaseException) -> str:
    """What an error says, in a line."""
    return next(filter(str.strip, str(error).splitlines()), type(error).__name__)
