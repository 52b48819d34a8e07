"""A device that failed, and a process that goes on without it."""

from __future__ import annotations

import torch

# How torch, its libraries and triton begin what they say of a device that failed.
FAILURES = ("CUDA error", "CUDA driver error", "cuDNN error", "Triton Error [CUDA]")
_KEPT: list[object] = []


def has_failed(error: RuntimeError) -> bool:
    """Whether an error says that the device failed, and will do no more work in this process.

    An invalid argument is told the same way and is a bug. So is running out of memory, which is
    neither: ask that first.
    """
    first_line, _, _ = str(error).partition("\n")
    return first_line.startswith(FAILURES) and " invalid " not in first_line


def still_works(device: torch.device) -> bool:
    """Whether a device does what it is asked though an error said that one has failed.

    torch looks after the host memory of all CUDA devices in one place, so what has befallen one may
    be told to another one's thread.
    """
    if device.type != "cuda":
        return False
    try:
        torch.cuda.synchronize(device)
    except RuntimeError:
        return False
    return True


def never_free(*things: object) -> None:
    """Keep what a failed device had in hand until the process ends.

    torch would ask the device whether it is done with the memory, and the answer ends the process.
    """
    _KEPT.extend(things)
