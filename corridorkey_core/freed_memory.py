"""Memory that was freed and lies between what is in use: glibc keeps it, the system can have it."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def give_back_freed() -> None:
    """Give freed memory back to the system, where glibc allocates it; else nothing.

    For where memory is shortest. It takes about a tenth of a second for a gibibyte.
    """
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    # Not in every C library: musl has none.
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
