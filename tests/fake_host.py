"""A host without a picture on screen, as strict as a real one: its scene has one thread.

What a real host refuses, this refuses: calls off the main thread, work after it closed, drawing a
file that is not there. Its event loop runs only while a test lets it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from corridorkey_plugin.host import Outcome, RenderError, Result
from corridorkey_plugin.keying import Keying

from corridorkey_core.errors import Cancelled
from corridorkey_core.progress import Progress
from tests.picture_files import write
from tests.small_shot import alpha_of, plate_of

WAIT = 120.0
NEW_YEAR = "2026:01:01 00:00:00"  # a date in a plate is passed on


class FakeHost:
    """Logs what it is told; `answers` are what `ask` gives, no when they run out."""

    name = "fake 1.0"

    def __init__(self) -> None:
        self.main = threading.current_thread()
        self.shown: dict[int, Result] = {}
        self.order: list[int] = []
        self.said: list[str] = []
        self.asked: list[str] = []
        self.answers: list[bool] = []
        self.progress: list[Progress] = []
        self.outcomes: list[tuple[object, Outcome]] = []
        self.when_shown: Callable[[int], None] = lambda _frame: None
        self.is_open = True
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def on_main_thread(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def show_progress(self, _key: object, progress: Progress) -> None:
        self._require_main()
        self.progress.append(progress)

    def show_frame(self, _key: object, result: Result) -> None:
        self._require_main()
        for path in result.paths:
            assert Path(path).is_file(), f"{path} is shown and is not there"
        self.shown[result.frame] = result
        self.order.append(result.frame)
        self.when_shown(result.frame)

    def say(self, _key: object, message: str) -> None:
        self._require_main()
        self.said.append(message)

    def ask(self, _key: object, question: str) -> bool:
        self._require_main()
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else False

    def finished(self, key: object, outcome: Outcome) -> None:
        self._require_main()
        assert all(key is not known for known, _ in self.outcomes), "told twice"
        self.outcomes.append((key, outcome))

    def turn(self) -> None:
        """Do the next thing that was put to the main thread."""
        self._work.get(timeout=WAIT)()

    def run_until(self, is_so: Callable[[], bool]) -> None:
        """Run the event loop until something is so."""
        while not is_so():
            self.turn()

    def outcome(self, key: Keying) -> Outcome:
        """Run the event loop until a request came to its end."""
        self.run_until(lambda: key.outcome is not None)
        assert key.outcome is not None
        return key.outcome

    def _require_main(self) -> None:
        assert threading.current_thread() is self.main, "only the main thread may touch the scene"
        assert self.is_open, "the host is closed"


class FakeRenderer:
    """Renders plates, or hints, as a host does: on the main thread, one frame at a time."""

    def __init__(self, host: FakeHost, role: str) -> None:
        self._host = host
        self._role = role
        self.version = dict[int, int]()
        self.rendered: list[int] = []
        self.failing: set[int] = set()
        self.cancel_at: int | None = None
        self.when_rendered: Callable[[int], None] = lambda _frame: None

    def identity(self, frame: int) -> str:
        assert threading.current_thread() is self._host.main
        return f"{self._role} {frame} {self.version.get(frame, 0)}"

    def render(self, frame: int, path: str) -> None:
        assert threading.current_thread() is self._host.main
        assert Path(path).parent.is_dir(), "no host makes folders"
        if frame == self.cancel_at:
            raise Cancelled("The artist pressed Escape.")
        if frame in self.failing:
            raise RenderError("a node above it has an error")
        self.rendered.append(frame)
        look = frame + 100_000 * self.version.get(frame, 0)
        pixels, channels = (plate_of(look), []) if self._role == "plate" else (alpha_of(look), "Y")
        try:
            write(Path(path), pixels, channels, DateTime=NEW_YEAR)
        except AssertionError as error:
            raise RenderError(str(error)) from error
        self.when_rendered(frame)
