"""A task's side of a session's engine: have it key, have it end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

from corridorkey_core.errors import CorridorKeyError, EngineError
from corridorkey_core.farm.engine.address import FILE, VARIABLE, Address, read_address
from corridorkey_core.farm.engine.messages import (
    CANCEL,
    CLOSE,
    KEY,
    receive,
    send,
    to_event,
    to_refusal,
    to_report,
)
from corridorkey_core.job import Job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, OnEvent

THIS_MACHINE = "127.0.0.1"
ANSWER_SECONDS = 60.0


class EngineGone(CorridorKeyError):
    """The session's engine ended before it answered."""


def find_engine(environment: Mapping[str, str], start: Callable[[Path], None]) -> Connection | None:
    """A connection to the engine of this session, if it keys as this process would; else None.

    `start` starts another in a session whose engine has ended, and raises `EngineError` where that
    fails.
    """
    folder = environment.get(VARIABLE)
    if not folder:
        return None
    file = Path(folder, FILE)
    address = read_address(file)
    if address and not address.serves(environment):
        return None
    connection = _connected(address) if address else None
    if connection is None:
        with suppress(EngineError):
            start(file.parent)
            address = read_address(file)
            connection = _connected(address) if address else None
    return connection


def have_keyed(connection: Connection, job: Job, on_event: OnEvent, cancel: CancelToken) -> Report:
    """Have the engine key a job, and tell its events here.

    Raises `CorridorKeyError` where it refuses the job, and `EngineGone`.
    """

    def give_up() -> None:
        with suppress(OSError):
            send(connection, {"ask": CANCEL})

    with connection:
        with suppress(OSError):  # what cannot be sent is not answered either
            send(connection, {"ask": KEY, "job": job.to_mapping()})
        with cancel.waking(give_up):
            while (message := receive(connection)) is not None:
                if "event" in message:
                    on_event(to_event(message))
                elif "refused" in message:
                    raise to_refusal(message)
                else:
                    return to_report(message)
    raise EngineGone("The session's engine ended before it answered.")


def close_engine(folder: Path, patience_seconds: float) -> bool:
    """End the engine of a session and wait for its end; False where it did not end in time."""
    address = read_address(folder / FILE)
    connection = _connected(address) if address else None
    if connection is None:
        return True
    with connection, suppress(OSError, EOFError):
        send(connection, {"ask": CLOSE})
        if not connection.poll(patience_seconds):
            return False
    return True


def _connected(address: Address) -> Connection | None:
    """A connection, unless the engine is gone, or hangs so that it does not even answer."""
    found: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()

    def connect() -> None:
        try:
            found.put(Client((THIS_MACHINE, address.port), authkey=address.key))
        except (OSError, EOFError, AuthenticationError):
            found.put(None)

    threading.Thread(target=connect, name="corridorkey-connect", daemon=True).start()
    try:
        return found.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        return None
