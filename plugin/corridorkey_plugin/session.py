"""What a host calls: one warm engine, and requests on their way to it.

session = Session(host)
key = session.key(request)        # returns at once; the host is told the rest
outcome = session.key_now(request)  # a batch: returns when all is done
session.close()                   # when the host ends
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Union

from corridorkey_core.errors import CorridorKeyError, EngineError
from corridorkey_core.version import VERSION
from corridorkey_plugin import protocol
from corridorkey_plugin.client import Client, Ended, EndedEarly
from corridorkey_plugin.host import Host, Outcome, Request, Result
from corridorkey_plugin.keying import Keying
from corridorkey_plugin.launch import clean_environment, engine_command, find_engine_python
from corridorkey_plugin.places import log_folder
from corridorkey_plugin.results import Results, remembered_engine, shot_folder
from corridorkey_plugin.shot import open_shot
from corridorkey_plugin.watch import Patience

Work = Callable[[], None]
Tell = Callable[[Union[protocol.Welcome, None], str], None]


@dataclass(frozen=True)
class EngineOptions:
    """How the engine is started: empty and -1 leave it to what is found and fits the machine.

    `python` is the Python of the engine's environment, `ocio` the config it takes for $OCIO.
    Seconds until an idle engine frees the device, and until it ends.
    """

    python: str = ""
    ocio: str = ""
    free_after: float = 300.0
    end_after: float = 1800.0
    cache_mib: int = -1
    logs: Path = field(default_factory=log_folder)
    patience: Patience = field(default_factory=Patience)

    def command(self) -> tuple[str, ...]:
        """The command that starts it; raises `EngineError`."""
        waits = (f"--free-after={self.free_after}", f"--end-after={self.end_after}")
        python = find_engine_python(self.python)
        return (*engine_command(python), *waits, f"--cache-mib={self.cache_mib}")


class Waits(Protocol):
    """Who waits for an engine."""

    def ready(self, engine: str) -> None:
        """An engine runs; `engine` is what of it makes the picture."""

    def not_started(self, error: str, *, again: bool) -> None:
        """None runs, and why; `again` where another attempt may go better."""


class Session:
    """One host's engine and requests. All but `Keying.cancel` belongs to the host's main thread."""

    def __init__(self, host: Host, options: EngineOptions = EngineOptions()) -> None:
        self._host = host
        self._options = options
        self._inbox: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._is_batch = False
        self._client: Client | None = None
        self._starting: Client | None = None
        self._is_starting = False
        self._welcome: protocol.Welcome | None = None
        self._waiting: list[Waits] = []
        self._keyings: list[Keying] = []
        self._count = 0
        self._closed = False

    @property
    def engine(self) -> protocol.Welcome | None:
        """What the engine that runs is and has; None where none runs."""
        return self._welcome

    def key(self, request: Request) -> Keying:
        """Key what is missing or stale of a request; returns at once, the host is told the rest.

        Raises `EngineError` once the session is closed, as all that keys does.
        """
        return self._begin(request, None)

    def preview(self, request: Request, longest_edge: int = 0) -> Keying:
        """Key a frame or two before all else, at a smaller size where that is given.

        Previews of the same name that are still on their way are given up for it.
        """
        for key in tuple(self._keyings):
            if key.is_preview and key.request.name == request.name:
                key.cancel()
        return self._begin(request, longest_edge)

    def key_now(self, request: Request) -> Outcome:
        """Key a request and return when it is done: for a batch, on the main thread.

        The host's own event loop is not needed. An interrupt cancels, and is an outcome too.
        """
        self._is_batch = True
        try:
            key = self._begin(request, None)
            while key.outcome is None:
                try:
                    self._inbox.get()()
                except KeyboardInterrupt:
                    key.cancel()
            return key.outcome
        finally:
            self._is_batch = False
            for _ in range(self._inbox.qsize()):
                self._host.on_main_thread(self._turn)

    def look(self, tell: Tell) -> None:
        """Tell what the engine is and has, as preferences show it; it is started where none runs.

        Where none can run, `tell` gets None and why, with what to do.
        """
        self.post(lambda: self.need(_Look(self, tell)))

    def current(self, request: Request) -> tuple[Result, ...]:
        """The frames of a request that may be shown: whole, and made of what is there now.

        Starts nothing. Raises a `CorridorKeyError` where the request has no files.
        """
        results = self.results(request)
        return results.current(request.frames) if results else ()

    def results(self, request: Request) -> Results | None:
        """Where a request's results are, and which are current, to be asked more than once.

        None where no engine runs and none keyed the request yet. Raises as `current` does.
        """
        engine = self._identity() or remembered_engine(shot_folder(request))
        return open_shot(request, engine).results if engine else None

    def close(self) -> None:
        """End the engine and all requests; the session can be used no more."""
        clients = [client for client in (self._client, self._starting) if client]
        for key in tuple(self._keyings):
            key.abandon()
        self._closed = True
        for client in clients:
            client.stop()

    # What a request needs; see `keying.Engine`.

    def need(self, who: Waits) -> None:
        """Tell who waits when the engine runs; it is started where it does not."""
        if self._welcome and self._client and self._client.alive:
            who.ready(self._identity())
            return
        self._waiting.append(who)
        if not self._is_starting:
            self._is_starting = True
            name = "corridorkey-start"
            threading.Thread(target=self._start_engine, name=name, daemon=True).start()

    def send(self, message: protocol.Request) -> None:
        """Say something to the engine that runs."""
        if self._client:
            self._client.send(message)

    def post(self, work: Work) -> None:
        """Have something done on the main thread, in the order asked; any thread may ask."""
        if self._closed:
            return
        self._inbox.put(work)
        if not self._is_batch:
            self._host.on_main_thread(self._turn)

    def _turn(self) -> None:
        """Do what waits by now; what comes of it waits for the next turn, and so can the host."""
        for _ in range(self._inbox.qsize()):
            self._inbox.get()()

    def settled(self, key: Keying) -> None:
        """Forget a request that came to its end."""
        self._keyings = [one for one in self._keyings if one is not key]
        self._waiting = [one for one in self._waiting if one is not key]

    def _begin(self, request: Request, longest_edge: int | None) -> Keying:
        if self._closed:
            raise EngineError("The session is closed; the host makes a new one.")
        self._count += 1
        key = Keying(request, self._host, self, f"k{self._count}", longest_edge)
        self._keyings.append(key)
        self.post(key.start)
        return key

    def _start_engine(self) -> None:
        """On a thread of its own, since loading the engine takes seconds."""
        try:
            client = self._make_client()
            self._starting = client
            welcome = client.start(protocol.Hello(protocol.PROTOCOL, self._host.name, VERSION))
        except CorridorKeyError as error:
            again = isinstance(error, EndedEarly) and error.ended.was_killed
            words = str(error)
            self.post(lambda: self._not_started(words, again=again))
        except Exception as error:
            fault = f"The engine cannot be started, by a fault of the plugin: {error!r}"
            self.post(lambda: self._not_started(fault, again=False))
            raise
        else:
            self.post(lambda: self._started(client, welcome))
            if self._closed:
                client.stop()

    def _make_client(self) -> Client:
        client: Client
        client = Client(
            self._options.command(),
            clean_environment(ocio=self._options.ocio),
            self._options.logs,
            lambda reply: self.post(lambda: self._heard(client, reply)),
            lambda ended: self.post(lambda: self._ended(client, ended)),
            self._options.patience,
        )
        return client

    def _started(self, client: Client, welcome: protocol.Welcome) -> None:
        self._is_starting, self._starting = False, None
        if client.ended:
            self._not_started(str(client.ended), again=client.ended.was_killed)
            return
        self._client, self._welcome = client, welcome
        if welcome.engine != VERSION:
            self._say(f"The plugin is version {VERSION}, the engine {welcome.engine}.")
        for who in self._take_waiting():
            who.ready(self._identity())

    def _not_started(self, error: str, *, again: bool) -> None:
        self._is_starting, self._starting = False, None
        for who in self._take_waiting():
            who.not_started(error, again=again)

    def _take_waiting(self) -> list[Waits]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _say(self, message: str) -> None:
        for key in tuple(self._keyings):
            self._host.say(key, message)

    def _heard(self, client: Client, reply: protocol.Reply) -> None:
        if client is not self._client:
            return
        id = getattr(reply, "id", "")
        for key in tuple(self._keyings):
            if key.concerns(id):
                key.heard(reply)

    def _ended(self, client: Client, ended: Ended) -> None:
        if client is not self._client:
            return
        self._client = self._welcome = None
        for key in tuple(self._keyings):
            key.engine_ended(str(ended))

    def _identity(self) -> str:
        """What of the engine makes the picture: its version, and the weights it has."""
        welcome = self._welcome
        return f"{welcome.engine}; {welcome.weights}" if welcome else ""


@dataclass(frozen=True)
class _Look:
    """Somebody who wants to know of the engine, and asks nothing of it."""

    session: Session
    tell: Tell

    def ready(self, _engine: str) -> None:
        self.tell(self.session.engine, "")

    def not_started(self, error: str, *, again: bool) -> None:  # noqa: ARG002
        self.tell(None, error)
