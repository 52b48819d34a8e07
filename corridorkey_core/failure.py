"""Which errors fail one frame, and how they are told; any other error is a bug or ends the run."""

from __future__ import annotations

import sys

from corridorkey_core.errors import FrameError
from corridorkey_core.progress import FrameFailed

FAILS_A_FRAME: dict[str, tuple[type[Exception], ...]] = {
    "read": (FrameError, OSError, MemoryError),
    "key": (FrameError, MemoryError),
    "write": (FrameError, OSError, MemoryError),
}


def frame_failure(error: Exception, stage: str, number: int) -> FrameFailed:
    """One frame's failure in words; a `FrameError` knows its own stage better than the caller."""
    if isinstance(error, FrameError):
        return FrameFailed(number, error.stage, error.reason, error.path)
    if isinstance(error, MemoryError):
        return FrameFailed(
            number, stage, "Out of memory; lower memory_limit, read_ahead or write_behind."
        )
    if isinstance(error, OSError):
        path = None if error.filename is None else str(error.filename)
        return FrameFailed(number, stage, f"{error.strerror or error}.", path)
    return FrameFailed(number, stage, str(error))


def note_frame(error: Exception, stage: str, number: int) -> None:
    """Let a bug's traceback say which frame met it; Python 3.10 cannot."""
    if sys.version_info >= (3, 11):
        error.add_note(f"while frame {number} was at stage {stage}")
