"""Engines that hang, end by themselves, die while they load, or are two at once."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from corridorkey_plugin.client import Client
from corridorkey_plugin.session import Session
from corridorkey_plugin.watch import Patience

from tests.fake_host import FakeRenderer
from tests.plugin_session import FRAMES, open_session, request_of
from tests.small_shot import content, make_shot

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


@posix
def test_an_engine_that_hangs_is_ended_and_another_goes_on(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    patience = Patience(silence=0.3, answer=3.0)
    with open_session(python, tmp_path / "logs", patience=patience) as (host, session):
        stopped: list[int] = []

        def stop(_frame: int) -> None:
            if not stopped and session.engine:
                stopped.append(session.engine.pid)
                os.kill(session.engine.pid, signal.SIGSTOP)

        host.when_shown = stop
        outcome = host.outcome(session.key(request_of(shot)))
    assert outcome.finished == FRAMES
    assert any("has not answered" in words for words in host.said)


@posix
def test_an_engine_that_hangs_can_be_cancelled(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    patience = Patience(silence=0.3, answer=3.0)
    with open_session(python, tmp_path / "logs", patience=patience) as (host, session):
        key = session.key(request_of(shot))

        def stop(_frame: int) -> None:
            if session.engine:
                os.kill(session.engine.pid, signal.SIGSTOP)
            key.cancel()

        host.when_shown = stop
        outcome = host.outcome(key)
    assert outcome.cancelled


def test_an_engine_that_ended_by_itself_is_started_when_it_is_needed(
    tmp_path: Path, python: Path
) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs", end_after=2.0) as (host, session):
        for frame in (1001, 1002):
            key = session.key(request_of(shot, (frame,)))
            assert host.outcome(key).finished == (frame,)
            host.run_until(lambda: session.engine is None)
    assert len(list((tmp_path / "logs").glob("*.log"))) >= 2


@posix
def test_an_engine_that_dies_while_it_loads_is_started_again(
    tmp_path: Path, python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with open_session(python, tmp_path / "logs") as (host, session):
        doom_the_first(session, 2, monkeypatch)
        outcome = host.outcome(session.key(request_of(shot, (1001, 1002))))
    assert outcome.finished == (1001, 1002)
    assert sum("started again" in words for words in host.said) == 2


def doom_the_first(session: Session, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the first engines of a session killed while they load."""
    make, doomed = session._make_client, list(range(count))

    def make_doomed() -> Client:
        client = make()
        if doomed:
            doomed.pop()
            spawn = client._spawn
            monkeypatch.setattr(client, "_spawn", lambda log: killed(spawn(log)))
        return client

    def killed(process: object) -> object:
        os.kill(process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        return process

    monkeypatch.setattr(session, "_make_client", make_doomed)


def test_cancelling_while_the_engine_loads_is_an_outcome_at_once(
    tmp_path: Path, python: Path
) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    with open_session(python, tmp_path / "logs") as (host, session):
        key = session.key(request_of(shot, (1001,)))
        host.turn()
        key.cancel()
        assert host.outcome(key).cancelled
        assert session.engine is None
        assert host.outcome(session.key(request_of(shot, (1001,)))).finished == (1001,)


def test_two_hosts_at_once_key_one_request_to_the_same_files(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    with (
        open_session(python, tmp_path / "logs") as (one, first),
        open_session(python, tmp_path / "logs") as (two, second),
    ):
        keys = first.key(request_of(shot)), second.key(request_of(shot))
        other = threading.Thread(target=lambda: two.outcome(keys[1]))
        two.main = other
        other.start()
        assert one.outcome(keys[0]).exit_status == 0
        other.join(120)
        assert keys[1].outcome
        assert keys[1].outcome.exit_status == 0
        two.main = threading.current_thread()
        both = content(shot / "cache")
        calm = request_of(shot, cache=str(shot / "calm"))
        assert one.outcome(first.key(calm)).finished == FRAMES
    assert pictures(content(shot / "calm")) == pictures(both)


def pictures(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if name.endswith((".exr", ".png"))}


def test_two_nodes_share_an_engine_and_do_not_meet(tmp_path: Path, python: Path) -> None:
    one, two = make_shot(tmp_path / "one"), make_shot(tmp_path / "two", range(1001, 1004))
    with open_session(python, tmp_path / "logs") as (host, session):
        plate, hint = FakeRenderer(host, "plate"), FakeRenderer(host, "hint")
        keys = [
            session.key(request_of(one)),
            session.key(request_of(two, FRAMES[:3])),
            session.key(request_of(tmp_path / "three", FRAMES[:2], plate, hint, clip=FRAMES[:2])),
        ]
        outcomes = [host.outcome(key) for key in keys]
    assert [outcome.finished for outcome in outcomes] == [FRAMES, FRAMES[:3], FRAMES[:2]]
    assert len(list((tmp_path / "logs").glob("*.log"))) == 1
