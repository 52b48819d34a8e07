"""The engine's process: takes one task after another and keys it with what stays warm.

The main thread owns the device. A thread of its own takes connections, so that an end that is
asked for is heard while a frame is keyed; another one for each task hears its cancel, or that it
died. A bug ends the process with its traceback in the log, and so does a device that failed, which
does no more work in a process that met it; the task keys by itself.
"""

from __future__ import annotations

import os
import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from typing import Any

from corridorkey_core.errors import CorridorKeyError, DeviceError
from corridorkey_core.farm.engine.messages import (
    CLOSE,
    KEY,
    of_event,
    of_refusal,
    of_report,
    receive,
    send,
)
from corridorkey_core.job import Job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, Event, OnEvent

AFTER_CLOSING = 120.0
"""Seconds that a frame may take to end once the session is closed; then the process ends."""
Run = Callable[[Job, OnEvent, CancelToken], Report]


@dataclass
class Task:
    """A task on its way: who asked, what for, and whether that was given up."""

    connection: Connection
    job: dict[str, Any]
    cancel: CancelToken = field(default_factory=CancelToken)

    def listen(self) -> None:
        """Give up when the task says so; when it is no more, hang up too."""
        with self.connection:
            while receive(self.connection) is not None:
                self.cancel.cancel()
        self.cancel.cancel()

    def tell(self, message: dict[str, Any]) -> None:
        """Say something; a task that is no more has nothing keyed for it."""
        try:
            send(self.connection, message)
        except OSError:
            self.cancel.cancel()


class Server:
    """Serves a listener. `run` keys a job; `end_now` ends the process at once."""

    def __init__(self, listener: Listener, run: Run, end_now: Callable[[], None]) -> None:
        self._listener = listener
        self._run = run
        self._end_now = end_now
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._current: Task | None = None
        self._closers: list[Connection] = []
        self._over = False

    def serve(self, idle_seconds: float) -> None:
        """Key for whoever asks, until the end is asked for or nobody asked for that long.

        Raises `DeviceError` where a device failed.
        """
        threading.Thread(target=self._take, name="corridorkey-tasks", daemon=True).start()
        while not self._over and (task := self._next(idle_seconds)):
            self._current = task
            self._key(task)
            self._current = None
        self._over = True

    def _next(self, idle_seconds: float) -> Task | None:
        try:
            return self._tasks.get(timeout=idle_seconds)
        except queue.Empty:
            return None

    def _take(self) -> None:
        while not self._over:
            try:
                connection = self._listener.accept()
            except (AuthenticationError, OSError, EOFError):
                continue  # somebody who does not know the secret, or changed his mind
            # Who says nothing keeps nobody else waiting.
            hears = threading.Thread(target=self._hear, args=(connection,), daemon=True)
            hears.start()

    def _hear(self, connection: Connection) -> None:
        message = receive(connection) or {}
        if message.get("ask") == KEY and not self._closers:
            self._tasks.put(Task(connection, message.get("job", {})))
        elif message.get("ask") == CLOSE:
            self._close(connection)
        else:
            connection.close()

    def _close(self, asker: Connection) -> None:
        """End after the frames that are being written; the asker sees its connection end."""
        self._closers.append(asker)
        if task := self._current:
            task.cancel.cancel()
        self._tasks.put(None)
        last = threading.Timer(AFTER_CLOSING, self._end_now)
        last.daemon = True
        last.start()

    def _key(self, task: Task) -> None:
        threading.Thread(target=task.listen, name="corridorkey-cancel", daemon=True).start()
        if self._closers:
            task.cancel.cancel()
        task.tell(self._answer(task))

    def _answer(self, task: Task) -> dict[str, Any]:
        def tell(event: Event) -> None:
            task.tell(of_event(event))

        try:
            report = self._run(Job.from_mapping(task.job), tell, task.cancel)
            self._over |= any(failure.stage == "key" for failure in report.failed)
            return of_report(report)
        except DeviceError:
            raise
        except CorridorKeyError as error:
            traceback.print_exc()
            return of_refusal(error)


def end_at_once() -> None:
    """End the process without waiting for anything."""
    os._exit(0)
