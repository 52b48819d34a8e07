"""Functions of the C library that a process runs on, where it has them. Standard library only."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def c_function(name: str) -> Callable[..., int] | None:
    """A function of Linux's C library by its name; None elsewhere, and where that has none."""
    if sys.platform != "linux":
        return None
    # Not in every C library: musl lacks some of glibc's.
    return getattr(ctypes.CDLL(None), name, None)
