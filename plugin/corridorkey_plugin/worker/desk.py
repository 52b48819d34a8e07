"""What was asked for: answered at once where that can be, and otherwise done in turn.

`take` and `hang_up` belong to the thread that reads, the rest to the main thread, which owns the
device. A bug is not survived: it ends the process with its traceback in the log, and the host
starts another.
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Union

from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.interlude import Interlude
from corridorkey_core.job import Job
from corridorkey_core.progress import CancelToken, Event, RunStarted
from corridorkey_plugin.protocol import (
    PROTOCOL,
    AskStatus,
    Cancel,
    Done,
    Hello,
    Inputs,
    Key,
    Preview,
    ProtocolError,
    Refused,
    Reply,
    Shutdown,
    Status,
    Told,
    decode_request,
    other_protocol,
)
from corridorkey_plugin.worker.arrivals import Arrivals
from corridorkey_plugin.worker.idle import END, FREE, Idle
from corridorkey_plugin.worker.paths import check_texts
from corridorkey_plugin.worker.steps import Steps

AFTER_HANGING_UP = 120.0
"""Seconds that a frame may take to end once nobody listens; then the process ends all the same."""


@dataclass
class Work:
    """A job or a preview on its way."""

    asked: Union[Key, Preview]
    job: Job
    arrivals: Arrivals
    cancel: CancelToken = field(default_factory=CancelToken)

    @property
    def is_preview(self) -> bool:
        """Whether it goes before all jobs."""
        return isinstance(self.asked, Preview)

    def give_up(self) -> None:
        """End it before its next frame."""
        self.cancel.cancel()
        self.arrivals.close()


class Desk:
    """Takes requests and does them: one job at a time, previews between its frames.

    `say` sends a reply, and raises `OSError` where nobody listens; `open_engine` makes what keys,
    which takes a while; `end_now` ends the process at once.
    """

    def __init__(
        self,
        say: Callable[[Reply], None],
        open_engine: Callable[[], Any],
        idle: Idle,
        end_now: Callable[[], None],
        steps: Steps | None = None,
        wait: Callable[[queue.SimpleQueue[None], float | None], None] | None = None,
    ) -> None:
        self._tell = say
        self._open_engine = open_engine
        self._idle = idle
        self._end_now = end_now
        self._steps = steps or Steps()
        self._wait = wait or _wait
        self._engine: Any = None
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._current = ""
        self._greeted = self._closed = self._at_risk = False
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._interlude = Interlude()
        self._answers: dict[type, Callable[[Any], None]] = {
            Hello: self._hello,
            Key: self._key,
            Preview: self._preview,
            Inputs: self._inputs,
            Cancel: self._cancel,
            AskStatus: self._status,
            Shutdown: lambda _request: self.hang_up(),
        }

    def take(self, line: bytes) -> None:
        """Do what a line asks for, or see that it will be done; a wrong line is answered so."""
        try:
            request = decode_request(line)
            if not self._greeted and not isinstance(request, (Hello, Shutdown, AskStatus)):
                raise ProtocolError("Say hello first.", "no_hello", getattr(request, "id", ""))
            self._answers[type(request)](request)
        except ProtocolError as error:
            self._say(Refused(str(error), error.code, error.id))
        except CorridorKeyError as error:
            self._say(Refused(str(error), "refused", getattr(request, "id", "")))

    def hang_up(self) -> None:
        """Nobody asks for anything any more: end, at once where no file is being written."""
        with self._lock:
            self._closed = True
            works = tuple(self._works.values())
            at_risk = self._at_risk
        for work in works:
            work.give_up()
        if not at_risk:
            self._end_now()
        last = threading.Timer(AFTER_HANGING_UP, self._end_now)
        last.daemon = True
        last.start()
        self._rings.put(None)

    def work(self) -> None:
        """Do what is asked for, until nobody listens or nothing was asked for too long."""
        self._steps.begin()
        self._engine = self._open_engine()
        self._steps.end()
        if self._greeted:
            self._say(self._engine.welcome())
        self._idle.worked()
        while not self._closed:
            work = self._next()
            if work:
                self._do(work)
                self._idle.worked()
            elif self._rest() == END:
                return

    # What is answered on the thread that reads.

    def _hello(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            raise ProtocolError(other_protocol(hello.protocol, PROTOCOL), "version")
        self._greeted = True
        if self._engine:
            self._say(self._engine.welcome())

    def _key(self, request: Key) -> None:
        self._add(request, Arrivals(request.awaits, request.first))

    def _preview(self, request: Preview) -> None:
        self._add(request, Arrivals())
        self._interlude.ask(self._do_previews)

    def _add(self, request: Union[Key, Preview], arrivals: Arrivals) -> None:
        check_texts(request.job)
        work = Work(request, Job.from_mapping(request.job), arrivals)
        with self._lock:
            if request.id in self._works or not request.id:
                words = f"There is something of the id {request.id!r} already, or it is empty."
                raise ProtocolError(words, "wrong_id", "")
            self._works[request.id] = work
        self._rings.put(None)

    def _inputs(self, request: Inputs) -> None:
        self._named(request.id).arrivals.announce(request.frames, request.error)
        self._rings.put(None)

    def _cancel(self, request: Cancel) -> None:
        self._named(request.id).give_up()
        self._rings.put(None)

    def _named(self, id: str) -> Work:
        with self._lock:
            work = self._works.get(id)
        if work is None:
            raise ProtocolError(f"There is nothing of the id {id!r}; it may be done.", "wrong_id")
        return work

    def _status(self, _request: AskStatus) -> None:
        with self._lock:
            waiting = tuple(id for id in self._works if id != self._current)
        facts = self._engine.facts() if self._engine else {}
        self._say(Status(self._current, waiting, seconds=self._steps.seconds, **facts))

    # What is done on the thread that owns the device.

    def _next(self) -> Work | None:
        with self._lock:
            ready = [work for work in self._works.values() if work.arrivals.ready]
        return next((work for work in ready if work.is_preview), ready[0] if ready else None)

    def _do_previews(self) -> None:
        """Between two frames of a job; one that needs another keyer waits for the job's end."""
        with self._lock:
            previews = [work for work in self._works.values() if work.is_preview]
        for work in previews:
            if work.asked.id != self._current and self._engine.serves(work.job.settings):
                self._do(work)

    def _do(self, work: Work) -> None:
        before, at_risk, id = self._current, self._at_risk, work.asked.id
        self._current = id
        self._steps.begin()
        try:
            last: Reply = self._done(work)
        except (CorridorKeyError, OSError) as error:
            traceback.print_exc()
            last = Refused(str(error), "refused", id)
        finally:
            (self._steps.begin if before else self._steps.end)()
            with self._lock:
                self._at_risk = at_risk
                del self._works[id]
            self._current = before
        self._say(last)

    def _done(self, work: Work) -> Done:
        id = work.asked.id
        if work.cancel.cancelled:
            return Done(id, cancelled=True)
        edge = work.asked.longest_edge if isinstance(work.asked, Preview) else 0
        report = self._engine.run(
            work.job,
            on_event=lambda event: self._event(id, event),
            cancel=work.cancel,
            await_inputs=work.arrivals.wait_for,
            longest_edge=edge,
            interlude=Interlude() if work.is_preview else self._interlude,
            trace=self._steps,
        )
        failed = tuple(failure.frame for failure in report.failed)
        return Done(
            id, report.finished, failed, report.skipped, report.unfinished, report.cancelled
        )

    def _event(self, id: str, event: Event) -> None:
        if isinstance(event, RunStarted):
            # From here on files are written, and ended in order.
            with self._lock:
                self._at_risk = True
        self._say(Told(id, event))

    def _rest(self) -> str:
        # What waits for its files is no reason to end, nor to look again before they come.
        self._wait(self._rings, None if self._works else self._idle.wait)
        due = "" if self._works or self._closed else self._idle.due()
        if due == FREE:
            self._engine.free()
        return due

    def _say(self, reply: Reply) -> None:
        try:
            self._tell(reply)
        except OSError:
            if not self._closed:
                self.hang_up()


def _wait(rings: queue.SimpleQueue[None], seconds: float | None) -> None:
    with suppress(queue.Empty):
        rings.get(timeout=seconds)
