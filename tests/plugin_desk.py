"""The worker's desk with an engine that is held and let go, and a clock that stands."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from corridorkey_plugin import protocol
from corridorkey_plugin.protocol import encode
from corridorkey_plugin.worker.desk import Desk
from corridorkey_plugin.worker.idle import Idle
from corridorkey_plugin.worker.steps import Steps

from corridorkey_core.errors import ColourError
from corridorkey_core.process import Report
from corridorkey_core.progress import FrameFinished, RunStarted
from corridorkey_core.settings import Settings

JOB = {"plate": "p.####.exr", "output": "o", "settings": {"keyer": "chroma"}}
HELLO = protocol.Hello(protocol.PROTOCOL, "test")


class Clock:
    """A time that passes only when told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.stands = False
        self.waits: list[float | None] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, rings: queue.SimpleQueue[None], seconds: float | None) -> None:
        """Stands in for waiting: whatever was rung comes at once, else the time passes."""
        self.waits.append(seconds)
        if self.stands or seconds is None:
            rings.get(timeout=20)
            return
        try:
            rings.get_nowait()
        except queue.Empty:
            self.now += seconds


class FakeEngine:
    """Keys a job's frames by calling `at_frame`; needs the keyer that it was asked for first."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.at_frame: Callable[[str, int], None] = lambda _name, _frame: None
        self.freed = 0

    def welcome(self) -> protocol.Welcome:
        return protocol.Welcome(protocol.PROTOCOL, "1")

    def facts(self) -> dict[str, Any]:
        return {"keyers": ("k",)}

    def serves(self, settings: Settings) -> bool:
        return settings.keyer == "chroma"

    def free(self) -> None:
        self.freed += 1

    def run(self, job: Any, *, on_event: Any, cancel: Any, **options: Any) -> Report:
        if job.plate == "wrong":
            raise ColourError("No such space.")
        on_event(RunStarted(3))
        done: list[int] = []
        for frame in (1, 2, 3):
            options["interlude"].do()
            if cancel.cancelled:
                break
            options["await_inputs"](frame)
            self.at_frame(job.name, frame)
            self.log.append(f"{job.name} {frame}")
            on_event(FrameFinished(frame, ()))
            done.append(frame)
        left = tuple(frame for frame in (1, 2, 3) if frame not in done)
        return Report(tuple(done), (), (), left, bool(left), 0.0, {}, None)


class Bench:
    """A desk at work on a thread of its own, unless told otherwise."""

    def __init__(self, free_after: float = 50.0, end_after: float = 200.0) -> None:
        self.clock = Clock()
        self.engine = FakeEngine()
        self.said: list[protocol.Reply] = []
        self.ended = threading.Event()
        self.idle = Idle(free_after, end_after, self.clock)
        self.steps = Steps(self.clock)
        self.open_engine: Callable[[], Any] = lambda: self.engine
        self.listens = True
        self.desk = Desk(
            self._say, lambda: self.open_engine(), self.idle, self.ended.set, self.steps,
            self.clock.wait,
        )  # fmt: skip

    def _say(self, reply: protocol.Reply) -> None:
        if not self.listens:
            raise BrokenPipeError
        self.said.append(reply)

    def ask(self, *requests: protocol.Request) -> None:
        for request in requests:
            self.desk.take(encode(request)[:-1])

    def key(self, id: str, **changes: Any) -> protocol.Key:
        return protocol.Key(id, {**JOB, "name": id, **changes})

    def last(self, id: str) -> Any:
        own = [reply for reply in self.said if getattr(reply, "id", None) == id]
        return own[-1] if own else None
