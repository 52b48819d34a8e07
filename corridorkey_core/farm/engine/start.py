"""An engine's process that outlives the command that starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from corridorkey_core.errors import EngineError
from corridorkey_core.farm.engine.address import LOG

LAST_BYTES = 4000


def start_engine(folder: Path, idle_seconds: float) -> None:
    """Start the engine of a session and return when it listens.

    It belongs to no process group of the farm's, which would end it with the command that asked
    for it, and holds no pipe of it open. Raises `EngineError` where it ends early.
    """
    command = (sys.executable, "-m", __package__, str(folder), str(idle_seconds))
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, **_apart()
            )
    except OSError as error:
        raise EngineError(f"The engine cannot be started: {error}.") from error
    assert process.stdout is not None
    with process.stdout as said:
        ready = said.readline()
    if ready.strip() != b"ready":
        process.wait()
        raise EngineError(f"The engine ended early. {last_words(folder)}")
    process.returncode = 0  # it goes on without us: nobody will ask how it ended


def last_words(folder: Path) -> str:
    """The end of an engine's log, for a person."""
    try:
        with (folder / LOG).open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - LAST_BYTES))
            text = log.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return f"Its last lines:\n{text}" if text else ""


def _apart() -> dict[str, Any]:
    if os.name == "nt":
        names = ("DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP")
        return {"creationflags": sum(getattr(subprocess, name) for name in names)}
    return {"start_new_session": True}
