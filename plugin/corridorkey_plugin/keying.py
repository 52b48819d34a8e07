"""One request on its way: inputs fetched, frames keyed, results handed over, whatever happens.

Everything here is done on the host's main thread, a piece at a time; only `cancel` may come from
another. An engine that dies is started again, and what is finished is not keyed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from corridorkey_core.errors import Cancelled, CorridorKeyError
from corridorkey_core.progress import (
    Event,
    FrameFailed,
    FrameFinished,
    Notice,
    Progress,
)
from corridorkey_core.sequence import surveyed
from corridorkey_plugin import protocol
from corridorkey_plugin.host import Host, Outcome, RenderError, Request, Result
from corridorkey_plugin.inputs import Staged, spans
from corridorkey_plugin.results import job_mapping, remember_engine, shot_folder
from corridorkey_plugin.shot import Shot, open_shot

MOST_STARTS_IN_VAIN = 3


class Engine(Protocol):
    """What a request needs of the session."""

    def need(self, key: Keying) -> None:
        """Have `key.ready` called when the engine runs, or `key.not_started`."""

    def send(self, message: protocol.Request) -> None:
        """Say something to the engine that runs."""

    def post(self, work: Callable[[], None]) -> None:
        """Have something done on the main thread, after what waits there."""

    def settled(self, key: Keying) -> None:
        """The request came to its end."""


@dataclass
class _Try:
    """One engine's attempt at what is left of a request."""

    id: str
    shot: Shot
    wanted: tuple[int, ...]
    unfetched: list[int]
    first: tuple[int, ...]
    sent: bool = False
    finished: int = 0
    missing: str = ""
    """Why the first input that could not be rendered is not there."""


class Keying:
    """A request from its start to its outcome; `Session.key` makes and starts it."""

    def __init__(
        self, request: Request, host: Host, engine: Engine, id: str, longest_edge: int | None = None
    ) -> None:
        self.request = request
        self.outcome: Outcome | None = None
        self._host = host
        self._engine = engine
        self._id = id
        self._preview_edge = longest_edge
        self._try: _Try | None = None
        self._tries = 0
        self._in_vain = 0
        self._cancelled = False
        self._finished: dict[int, Result] = {}
        self._current: tuple[int, ...] = ()
        self._failed: dict[int, FrameFailed] = {}

    @property
    def is_over(self) -> bool:
        """Whether it came to its end."""
        return self.outcome is not None

    @property
    def is_preview(self) -> bool:
        """Whether it goes before all others."""
        return self._preview_edge is not None

    def start(self) -> None:
        """Begin; the engine is started where it does not run."""
        self._engine.need(self)

    def cancel(self) -> None:
        """End before the next frame; any thread may ask, more than once."""
        self._cancelled = True
        self._engine.post(self._cancel)

    def concerns(self, id: str) -> bool:
        """Whether a message of that id is about what is being tried now."""
        return self._try is not None and self._try.id == id

    # What the session tells, in the order of a request's life.

    def ready(self, engine: str) -> None:
        """An engine runs; ask it for what is missing or stale."""
        if self.is_over:
            return
        if self._cancelled:
            self._end()
            return
        try:
            self._ask(engine)
        except CorridorKeyError as error:
            self._end(str(error))

    def not_started(self, error: str, *, again: bool) -> None:
        """No engine runs; `again` where another attempt may go better."""
        if self.is_over:
            return
        self._in_vain += 1
        if self._cancelled:
            self._end()
        elif again and self._in_vain < MOST_STARTS_IN_VAIN:
            self._host.say(self, f"The engine is started again. {error}")
            self._engine.need(self)
        elif again and self._host.ask(self, f"{error}\nTry again?"):
            self._in_vain = 0
            self._engine.need(self)
        else:
            self._end(error)

    def engine_ended(self, error: str) -> None:
        """The engine that was asked is gone."""
        if self._try is None:
            return
        if self._try.finished:
            self._in_vain = 0
        self._try = None
        self.not_started(error, again=True)

    def heard(self, reply: protocol.Reply) -> None:
        """A message about what is being tried."""
        if self.is_over:
            return
        if isinstance(reply, protocol.Told):
            self._event(reply.event)
        elif isinstance(reply, protocol.Done):
            self._cancelled = self._cancelled or reply.cancelled
            self._end()
        elif isinstance(reply, protocol.Refused):
            missing = f"{self._try.missing}\n" if self._try and self._try.missing else ""
            self._end("" if self._cancelled else missing + reply.message)

    def abandon(self) -> None:
        """End without the engine, as the host closes."""
        if not self.is_over:
            self._cancelled = True
            self._end()

    # One attempt.

    def _ask(self, engine: str) -> None:
        shot = open_shot(self.request, engine, self._preview_edge or 0)
        remember_engine(shot_folder(self.request), engine)
        shot.results.drop_stale()
        wanted = self._wanted(shot)
        if not wanted:
            self._end()
            return
        for frame in wanted:
            shot.results.note(frame)
        self._tries += 1
        deciding = self._deciding(shot)
        needed = tuple(dict.fromkeys((*deciding, *wanted)))
        unfetched = [frame for frame in needed if not _are_there(shot, frame, wanted)]
        first = tuple(frame for frame in (*deciding, wanted[0]) if frame in unfetched)
        self._try = _Try(f"{self._id}.{self._tries}", shot, wanted, unfetched, first)
        if self._preview_edge is None:
            self._send_job(self._try)
        self._engine.post(self._next_input(self._try))

    def _wanted(self, shot: Shot) -> tuple[int, ...]:
        """The frames that are neither current nor known to fail; the current ones are shown."""
        frames = tuple(dict.fromkeys(self.request.frames))
        current = {result.frame: result for result in shot.results.current(frames)}
        for frame, result in current.items():
            if frame not in self._finished:
                self._current = (*self._current, frame)
                self._host.show_frame(self, result)
        done = {*current, *self._finished, *self._failed}
        return tuple(frame for frame in frames if frame not in done)

    def _deciding(self, shot: Shot) -> tuple[int, ...]:
        """The frames whose plates the host must render before anything is keyed."""
        sampled = self.request.settings.screen_sampling == "shot"
        return surveyed(shot.plate.frames) if sampled and isinstance(shot.plate, Staged) else ()

    def _send_job(self, attempt: _Try) -> None:
        shot, attempt.sent = attempt.shot, True
        hint = shot.hint.pattern if shot.hint else ""
        frames = spans(attempt.wanted)
        job = job_mapping(self.request, shot.results.folder, shot.plate.pattern, hint, frames)
        if self._preview_edge is None:
            awaits = tuple(attempt.unfetched)
            self._engine.send(protocol.Key(attempt.id, job, awaits, attempt.first))
        else:
            self._engine.send(protocol.Preview(attempt.id, job, self._preview_edge))

    def _next_input(self, attempt: _Try) -> Callable[[], None]:
        """Fetching one frame's inputs; between two of them the main thread is the host's."""
        return lambda: self._fetch_next(attempt)

    def _fetch_next(self, attempt: _Try) -> None:
        if self.is_over or self._try is not attempt or self._cancelled:
            return
        if not attempt.unfetched:
            if not attempt.sent:
                self._send_job(attempt)
            return
        frame = attempt.unfetched.pop(0)
        try:
            missing = self._fetch(attempt, frame)
        except Cancelled:
            self.cancel()
            return
        except Exception as error:
            self._abort(f"The host failed to render frame {frame}: {error!r}")
            raise
        if missing and not attempt.missing:
            attempt.missing = f"Frame {frame}: {missing}"
        if attempt.sent:
            self._engine.send(protocol.Inputs(attempt.id, (frame,), missing))
        self._engine.post(self._next_input(attempt))

    def _fetch(self, attempt: _Try, frame: int) -> str:
        """Fetch a frame's inputs; returns why that failed, or nothing."""
        try:
            attempt.shot.results.note(frame)
            for pictures in attempt.shot.needed(frame, attempt.wanted):
                pictures.fetch(frame)
        except RenderError as error:
            return str(error) or "it did not say why"
        return ""

    def _event(self, event: Event) -> None:
        attempt = self._try
        if isinstance(event, FrameFinished) and attempt:
            attempt.finished += 1
            result = attempt.shot.results.record(event.frame, event.paths)
            self._finished[event.frame] = result
            self._host.show_frame(self, result)
        elif isinstance(event, FrameFailed):
            self._failed[event.frame] = event
            where = f" ({event.path})" if event.path else ""
            self._host.say(self, f"Frame {event.frame} failed: {event.reason}{where}")
        elif isinstance(event, Progress):
            self._host.show_progress(self, event)
        elif isinstance(event, Notice):
            self._host.say(self, event.message)

    # Ends.

    def _cancel(self) -> None:
        if self.is_over:
            return
        if self._try is None or not self._try.sent:
            self._end()
        else:
            self._engine.send(protocol.Cancel(self._try.id))

    def _abort(self, error: str) -> None:
        if self._try and self._try.sent:
            self._engine.send(protocol.Cancel(self._try.id))
        self._end(error)

    def _end(self, error: str = "") -> None:
        left = set(self.request.frames) - {*self._finished, *self._current, *self._failed}
        self.outcome = Outcome(
            finished=tuple(sorted(self._finished)),
            failed=tuple(self._failed.values()),
            current=self._current,
            cancelled=self._cancelled and bool(left) and not error,
            error=error,
        )
        self._try = None
        self._engine.settled(self)
        self._host.finished(self, self.outcome)


def _are_there(shot: Shot, frame: int, wanted: Iterable[int]) -> bool:
    return all(pictures.is_there(frame) for pictures in shot.needed(frame, wanted))
