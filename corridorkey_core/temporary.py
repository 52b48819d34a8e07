"""Names of files that are not whole yet, and clearing away those that never will be."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import socket
import time
import uuid
from contextlib import suppress
from pathlib import Path

# Place, process, and a random mark; the name of the result itself may be too long to add to.
_TEMPORARY = re.compile(r"\.corridorkey (?P<place>\S+) (?P<pid>\d+) [0-9a-f]{16}\.tmp\.\w+")
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")
ABANDONED_AFTER_SECONDS = 24 * 60 * 60


def temporary_name(suffix: str) -> str:
    """A file name of this process that no other file has; `suffix` is such as `.exr`."""
    return f".corridorkey {_place()} {os.getpid()} {secrets.token_hex(8)}.tmp{suffix}"


def sweep_temporaries(folder: Path, now: float | None = None) -> int:
    """Remove what killed runs left in a folder, and say how many files that were.

    Only files named by `temporary_name` are touched, and only where their process was one that
    can be seen from here and is gone, or where they are a day old. A folder that is not there is
    clean.
    """
    swept = 0
    for entry in _entries(folder):
        if _is_abandoned(entry, time.time() if now is None else now):
            with suppress(OSError):
                entry.unlink()
                swept += 1
    return swept


def _entries(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(folder.iterdir())
    except OSError:
        return ()


def _is_abandoned(entry: Path, now: float) -> bool:
    match = _TEMPORARY.fullmatch(entry.name)
    if match is None:
        return False
    if match["place"] == _place() and _is_gone(int(match["pid"])):
        return True
    try:
        return now - entry.stat().st_mtime > ABANDONED_AFTER_SECONDS
    except OSError:
        return False


def _is_gone(process: int) -> bool:
    # On Windows signal 0 would end the process instead of asking after it.
    if os.name == "nt":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return _only_waits_for_its_parent(process)


def _only_waits_for_its_parent(process: int) -> bool:
    """Whether a process has ended, and keeps its number: a container's first may never ask."""
    try:
        facts = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return facts.rpartition(")")[2].split()[:1] == ["Z"]


def _place() -> str:
    """Where a process number means one process: this host, since it started, in this container.

    Containers may share a host's name, or a volume, and count their processes from 1 each.
    """
    host = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "host"
    mark = hashlib.sha256(f"{_boot()} {_namespace()}".encode()).hexdigest()[:12]
    return f"{host}-{mark}"


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return f"{uuid.getnode():x}"  # elsewhere hosts of one name differ in their network card


def _namespace() -> str:
    try:
        return os.readlink(_NAMESPACE)  # noqa: PTH115 - it is no path: pid:[4026531836]
    except OSError:
        return ""
