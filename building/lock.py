"""One setup at a time in an environment, counting a killed one whose pip is still at work."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from building.console import Console

try:
    import fcntl
except ImportError:  # Windows, where a killed setup takes its children along less often
    fcntl = None  # type: ignore[assignment]


@contextmanager
def only_setup(environment: Path, console: Console) -> Iterator[None]:
    """Within the block no other setup works on the environment; waits for one that does.

    Children inherit the lock, so that it outlives a setup that is killed until they end too.
    """
    if fcntl is None:
        yield
        return
    descriptor = os.open(_lock_file(environment), os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    try:
        _take(descriptor, environment, console)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, environment: Path, console: Console) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        console.say(f"another setup is at work in {environment}; waiting for it to end")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _lock_file(environment: Path) -> Path:
    owner = os.getuid() if hasattr(os, "getuid") else 0
    name = hashlib.sha256(f"{owner} {environment.resolve()}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir(), f"corridorkey-setup-{name}.lock")
