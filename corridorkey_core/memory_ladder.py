"""What is tried when the device runs out of memory, one rung after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import torch

T = TypeVar("T")


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
        except torch.OutOfMemoryError as error:
            # Its traceback would keep alive the tensors that filled the memory.
            last = error.with_traceback(None)
    raise last
