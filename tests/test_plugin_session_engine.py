"""Engines that are missing, die, are restarted or outlive a request, and batches."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from corridorkey_plugin.host import Result
from corridorkey_plugin.session import EngineOptions

from corridorkey_core.errors import EngineError
from tests.plugin_session import (
    FRAMES,
    open_session,
    rendered,
    renderer,
    request_of,
    results,
    undisturbed,
)
from tests.small_shot import make_shot, temporaries

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals")


def test_a_batch_needs_no_event_loop(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1004))
    (shot / "plate/shot.1002.exr").write_text("not a picture")
    with open_session(python, tmp_path / "logs") as (host, session):
        outcome = session.key_now(request_of(shot, (1001, 1002, 1003)))
        assert outcome.finished == (1001, 1003)
        assert outcome.exit_status == 1
        plates = rendered(host, tmp_path / "own")
        assert session.key_now(plates).exit_status == 0


def test_an_interrupt_cancels_a_batch(tmp_path: Path, python: Path) -> None:
    with open_session(python, tmp_path / "logs") as (host, session):
        request = rendered(host, tmp_path)

        def interrupt(frame: int) -> None:
            if frame == 1006:
                raise KeyboardInterrupt

        renderer(request).when_rendered = interrupt
        outcome = session.key_now(request)
        assert (outcome.cancelled, outcome.exit_status) == (True, 130)
        renderer(request).when_rendered = lambda _frame: None
        assert session.key_now(request).exit_status == 0


def test_an_engine_that_is_missing_is_told_with_the_next_step(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    with open_session(tmp_path / "no/python", tmp_path / "logs") as (host, session):
        outcome = host.outcome(session.key(request_of(shot, (1001,))))
    assert str(tmp_path / "no/python") in outcome.error
    assert "build.py setup" in outcome.error
    assert outcome.exit_status == 2


@posix
def test_an_engine_that_dies_is_started_again_and_says_so(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs") as (host, session):
        key = session.key(request_of(shot))
        killed: list[int] = []

        def kill(_frame: int) -> None:
            if not killed and session.engine:
                killed.append(session.engine.pid)
                os.kill(session.engine.pid, signal.SIGKILL)

        host.when_shown = kill
        outcome = host.outcome(key)
        assert session.engine
        assert session.engine.pid != killed[0]
    assert outcome.finished == FRAMES
    assert any("started again" in words for words in host.said)
    assert results(shot) == undisturbed(shot)


def test_an_engine_may_key_on_several_devices_one_job_after_another(
    tmp_path: Path, python: Path
) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs") as (host, session):
        for despill in ("limit", "off"):
            request = request_of(shot, devices="cpu:0,cpu:1", despill=despill)
            assert host.outcome(session.key(request)).finished == FRAMES
            assert results(shot) == undisturbed(shot, despill=despill)
            shutil.rmtree(shot / "cache")


@posix
def test_a_host_that_closes_leaves_no_process(tmp_path: Path, python: Path) -> None:
    shot = make_shot(tmp_path)
    with open_session(python, tmp_path / "logs") as (host, session):
        key = session.key(request_of(shot))
        host.run_until(lambda: bool(host.shown))
        assert session.engine
        pid = session.engine.pid
        session.close()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        with pytest.raises(EngineError, match="closed"):
            session.key_now(request_of(shot))
    assert key.outcome
    assert key.outcome.cancelled
    assert temporaries(shot) == []


def test_options_reach_the_engines_command(python: Path) -> None:
    command = EngineOptions(python=str(python), free_after=1, end_after=2, cache_mib=3).command()
    assert command[0] == str(python)
    assert set(command) >= {"--free-after=1", "--end-after=2", "--cache-mib=3"}


def test_a_result_knows_its_passes() -> None:
    result = Result(7, ("/c/h/matte/a.b.0007.exr", "/c/h/fg/a.b.0007.exr"))
    assert result.path("fg") == "/c/h/fg/a.b.0007.exr"
    assert result.pattern("matte") == "/c/h/matte/a.b.%04d.exr"
