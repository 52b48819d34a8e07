"""The engine is killed at any moment: the session recovers, with the bytes of a calm run."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from corridorkey_plugin.client import Client
from corridorkey_plugin.session import Session

from tests.fake_host import FakeHost, FakeRenderer
from tests.plugin_session import open_session, request_of
from tests.small_shot import content, make_shot, temporaries

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
KILLS = 20
EACH = 8  # frames a kill: on a busy machine an engine gets further before its moment comes
MOMENTS = 7  # things put to the main thread between a frame and a kill, at most


class Dangerous(FakeHost):
    """A host on whose machine somebody kills the engine, `kills` times, at random moments.

    A moment is a number of things that were put to the main thread, and a while after the last of
    them. Each engine has shown a frame before it dies; else the session would rightly give up.
    """

    def __init__(self, kills: int) -> None:
        super().__init__()
        self.killed: set[int] = set()
        self.session: Session | None = None
        self._kills = kills
        self._random = random.Random(5)
        self._shown_by = 0
        self._left = 0
        self.when_shown = self._arm

    def on_main_thread(self, work: Callable[[], None]) -> None:
        super().on_main_thread(work)
        self._left -= 1
        if self._left <= 0 and self._shown_by and len(self.killed) < self._kills:
            victim, self._shown_by = self._shown_by, 0
            self.killed.add(victim)
            threading.Timer(self._random.random() * 0.05, kill, (victim,)).start()

    def _arm(self, _frame: int) -> None:
        engine = self.session.engine if self.session else None
        if engine and engine.pid not in self.killed and not self._shown_by:
            self._shown_by, self._left = engine.pid, self._random.randrange(1, MOMENTS)


def kill(process: int) -> None:
    # It may have ended in order before its time came.
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def pictures(cache: Path) -> dict[str, bytes]:
    """Results by pass and frame, whatever the folder's hash."""
    found = {}
    for folder in (cache / "comp1").iterdir():
        if (folder / "matte").is_dir():
            found.update(content(folder))
    return {name: data for name, data in found.items() if ".session" not in name}


@pytest.mark.parametrize(
    ("kills", "is_rendered"),
    [pytest.param(KILLS, False, marks=pytest.mark.slow), pytest.param(4, True)],
)
def test_kills_at_random_moments_change_no_byte(
    tmp_path: Path, python: Path, kills: int, is_rendered: bool
) -> None:
    frames = tuple(range(1001, 1001 + EACH * kills + EACH))
    host = Dangerous(kills)
    shot = make_shot(tmp_path, range(frames[0], frames[-1] + 1))
    with open_session(python, tmp_path / "logs", host=host) as (_host, session):
        host.session = session
        request = request_of(shot, frames)
        if is_rendered:
            plate, hint = FakeRenderer(host, "plate"), FakeRenderer(host, "hint")
            request = replace(request, plate=plate, hint=hint, clip=frames)
        outcome = host.outcome(session.key(request))
        assert outcome.finished == frames, host.said
        assert (outcome.exit_status, len(host.killed)) == (0, kills)
        disturbed = pictures(shot / "cache")
        host.when_shown = lambda _frame: None
        calm = host.outcome(session.key(replace(request, cache=str(shot / "calm"))))
        assert calm.finished == frames
    assert pictures(shot / "calm") == disturbed
    assert len(disturbed) == 4 * len(frames)
    assert temporaries(shot / "cache") == []


@pytest.mark.parametrize("answers", [[], [True, False]])
def test_an_engine_that_always_dies_is_given_up_and_the_artist_is_asked(
    tmp_path: Path, python: Path, answers: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with open_session(python, tmp_path / "logs") as (host, session):
        host.answers = list(answers)
        make = session._make_client
        started: list[Client] = []

        def make_doomed() -> Client:
            client = make()
            started.append(client)
            threading.Thread(target=kill_when_started, args=(client,), daemon=True).start()
            return client

        monkeypatch.setattr(session, "_make_client", make_doomed)
        outcome = host.outcome(session.key(request_of(shot, (1001, 1002))))
    assert "killed (signal 9)" in outcome.error
    assert ".log" in outcome.error
    assert outcome.exit_status == 2
    assert len(started) == 3 * (1 + sum(answers))
    assert len(host.asked) == 1 + sum(answers)


def kill_when_started(client: Client) -> None:
    while not client.process_id:
        threading.Event().wait(0.01)
    os.kill(client.process_id, signal.SIGKILL)


def test_a_killed_engine_is_noticed_where_nothing_is_asked_of_it(
    tmp_path: Path, python: Path
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with open_session(python, tmp_path / "logs") as (host, session):
        assert host.outcome(session.key(request_of(shot, (1001,)))).finished == (1001,)
        assert session.engine
        os.kill(session.engine.pid, signal.SIGKILL)
        host.run_until(lambda: session.engine is None)
        assert host.outcome(session.key(request_of(shot, (1001, 1002)))).finished == (1002,)
