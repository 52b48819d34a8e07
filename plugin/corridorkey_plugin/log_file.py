"""The log of one engine process: what it says beside its messages, kept for a while."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from corridorkey_core.errors import EngineError

KEPT = 12
LONGEST_TAIL = 16 << 10


def open_log(folder: Path) -> tuple[Path, BinaryIO]:
    """A new log in the user's folder, the oldest ones removed; raises `EngineError`.

    Each process has a log of its own, so several hosts on one machine do not meet.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    path = folder / f"engine-{stamp}-{os.getpid()}-{secrets.token_hex(3)}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
    except OSError as error:
        raise EngineError(
            f"The engine's log {path} cannot be written: {error.strerror}. "
            "Free some space, or have the folder opened to you."
        ) from error
    _remove_all_but_the_newest(folder)
    return path, file


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, or nothing where it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - LONGEST_TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _remove_all_but_the_newest(folder: Path) -> None:
    """By when they were last written to, so that a process that goes on for days keeps its own."""
    for old in sorted(folder.glob("engine-*.log"), key=_written)[:-KEPT]:
        # Another host may have removed it, or on Windows still write to it.
        with suppress(OSError):
            old.unlink()


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
