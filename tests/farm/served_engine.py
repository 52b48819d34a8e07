"""An engine that serves a session within a test, on a thread; what keys is the test's own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Listener
from pathlib import Path

from corridorkey_core.errors import EngineError
from corridorkey_core.farm.engine.address import FILE, VARIABLE, Address, felt, leave_address
from corridorkey_core.farm.engine.ask import close_engine, find_engine, have_keyed
from corridorkey_core.farm.engine.serve import Server
from corridorkey_core.job import Job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, FrameFailed, OnEvent
from corridorkey_core.version import VERSION

SECRET = "of this test"
JOB = Job("plate.####.exr", "out", frames="1-3")
PATIENCE = 60.0


def report(cancelled: bool = False) -> Report:
    """A report of every kind of frame."""
    failed = (FrameFailed(3, "read", "no such file", "plate"),)
    return Report((2,), failed, (1,), (), cancelled, 1.5, {"read": 0.5}, "read")


@dataclass
class Keyer:
    """Keys a job as a test wants it, and remembers what it was asked for."""

    does: Callable[[OnEvent, CancelToken], Report] = lambda _tell, _cancel: report()
    jobs: list[Job] = field(default_factory=list)

    def __call__(self, job: Job, tell: OnEvent, cancel: CancelToken) -> Report:
        self.jobs.append(job)
        return self.does(tell, cancel)


@contextmanager
def serving(
    folder: Path, keyer: Keyer, idle_seconds: float = PATIENCE
) -> Iterator[threading.Thread]:
    """An engine that serves a session's folder until the block ends, on a thread of its own."""
    with Listener(("127.0.0.1", 0), authkey=SECRET.encode()) as listener:
        address = Address(listener.address[1], SECRET, VERSION, felt(os.environ))
        leave_address(folder / FILE, address)
        server = Server(listener, keyer, end_now=lambda: None)
        thread = threading.Thread(target=server.serve, args=(idle_seconds,))
        thread.start()
        try:
            yield thread
        finally:
            if thread.is_alive():
                threading.Thread(target=close_engine, args=(folder, PATIENCE), daemon=True).start()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def found(folder: Path) -> Connection | None:
    """The connection to a session's engine; none is started."""
    return find_engine(os.environ | {VARIABLE: str(folder)}, start_none)


def start_none(_folder: Path) -> None:
    raise EngineError("none is started here")


def keyed(folder: Path, on_event: OnEvent, cancel: CancelToken | None = None) -> Report:
    """What the session's engine makes of the job."""
    connection = found(folder)
    assert connection is not None
    return have_keyed(connection, JOB, on_event, cancel or CancelToken())
