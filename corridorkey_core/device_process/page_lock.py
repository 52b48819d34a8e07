"""Shared memory that a CUDA device copies from and to by itself."""

from __future__ import annotations

from typing import Any

import torch

from corridorkey_core.device_process.block import Block
from corridorkey_core.device_process.lending import Hook, do_nothing

FOR_ALL_CONTEXTS = 1  # cudaHostRegisterPortable


def page_locking(device: torch.device) -> tuple[Hook, Hook]:
    """What page-locks a block, and what undoes it.

    Where a block cannot be locked it stays as it is: it is copied more slowly then.
    """
    if device.type != "cuda":
        return do_nothing, do_nothing

    def lock(_number: int, block: Block) -> None:
        with torch.cuda.device(device):
            _runtime().cudaHostRegister(block.address, block.nbytes, FOR_ALL_CONTEXTS)

    def unlock(_number: int, block: Block) -> None:
        with torch.cuda.device(device):
            _runtime().cudaHostUnregister(block.address)

    return lock, unlock


def _runtime() -> Any:
    return torch.cuda.cudart()  # type: ignore[no-untyped-call]
