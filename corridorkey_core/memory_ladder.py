"""What is tried when the device runs out of memory, one rung after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

T = TypeVar("T")

# What libraries under torch say, as plain RuntimeErrors, where their own memory cannot be had.
ALLOCATION_FAILED = (
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    "CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED",
    "CUDA error: out of memory",
)


def climb(rungs: Iterable[tuple[str, Callable[[], T]]], say: Callable[[str], None]) -> T:
    """The result of the first rung that does not run out of the device's memory.

    Each rung is what to say when it is reached (nothing, where empty) and what to try; rungs are
    taken from the iterable only when reached. Raises `torch.OutOfMemoryError` where all failed.
    """
    last = torch.OutOfMemoryError("No rung to try.")
    for words, attempt in rungs:
        if words:
            say(words)
        try:
            return attempt()
        except RuntimeError as error:
            if not ran_out_of_memory(error):
                raise
            # Its traceback would keep alive the tensors that filled the memory.
            last = torch.OutOfMemoryError(str(error))
    raise last


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the device's memory ran out, in torch's words or a library's."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(
        words in str(error) for words in ALLOCATION_FAILED
    )
