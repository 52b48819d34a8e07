"""A file of many parts in few calls.

Between calls a thread has to get Python's lock back, which the thread that feeds a device needs
after every step: two calls a chunk were a thousand a frame.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

Bytes = bytes | memoryview
AT_ONCE = 1024  # parts: what POSIX systems take in one call


def write_parts(path: Path, parts: Sequence[Bytes]) -> None:
    """Replace a file's content by parts one after another; raises `OSError`."""
    with path.open("wb", buffering=0) as file:
        if sys.platform == "win32":
            file.writelines(parts)
            return
        for first in range(0, len(parts), AT_ONCE):
            _write_all(file.fileno(), parts[first : first + AT_ONCE])


def _write_all(descriptor: int, parts: Sequence[Bytes]) -> None:
    """All of the parts, however few of their bytes a call takes."""
    left = [memoryview(part) for part in parts]
    while left:
        written = os.writev(descriptor, left)
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if left:
            left[0] = left[0][written:]
