"""A session's engine: one task after another, ended by whoever opened it, and by its own patience.

Threads and connections are real; what keys is a function of the test's, so that it can be held.
"""

from __future__ import annotations

import os
import stat
import threading
from multiprocessing.connection import Client, Listener
from pathlib import Path

import pytest

from corridorkey_core.cli.display import in_words
from corridorkey_core.errors import CorridorKeyError, ReadError, SettingsError
from corridorkey_core.farm.engine.address import (
    FILE,
    VARIABLE,
    Address,
    felt,
    leave_address,
    read_address,
)
from corridorkey_core.farm.engine.ask import EngineGone, close_engine, find_engine
from corridorkey_core.farm.engine.messages import CLOSE, send
from corridorkey_core.process import Report
from corridorkey_core.progress import (
    CancelToken,
    Event,
    FrameFailed,
    FrameFinished,
    Notice,
    OnEvent,
    Progress,
    RunStarted,
)
from corridorkey_core.version import VERSION
from tests.farm.served_engine import (
    JOB,
    PATIENCE,
    SECRET,
    Keyer,
    found,
    keyed,
    report,
    serving,
    start_none,
)

EVENTS: tuple[Event, ...] = (
    RunStarted(3, (1,)),
    FrameFinished(2, ("out/a", "out/b"), 0.5),
    FrameFailed(3, "read", "no such file", None),
    Progress(2, 3, 1, None, 1.5, "read"),
    Notice("something", 2),
)


def test_a_task_hears_every_event_and_the_report_as_if_it_keyed_itself(tmp_path: Path) -> None:
    def does(tell: OnEvent, _cancel: CancelToken) -> Report:
        for event in EVENTS:
            tell(event)
        return report()

    keyer, heard = Keyer(does), list[Event]()
    with serving(tmp_path, keyer):
        assert keyed(tmp_path, heard.append) == report()
        assert keyed(tmp_path, heard.append) == report()
    assert tuple(heard) == EVENTS * 2
    assert keyer.jobs == [JOB, JOB]


@pytest.mark.parametrize(
    "error", [SettingsError("no such screen"), ReadError("It is torn.", frame=7, path="a.exr")]
)
def test_what_the_engine_refuses_the_task_refuses(tmp_path: Path, error: CorridorKeyError) -> None:
    def does(_tell: OnEvent, _cancel: CancelToken) -> Report:
        raise error

    with serving(tmp_path, Keyer(does)):
        for _twice in range(2):
            with pytest.raises(CorridorKeyError) as refused:
                keyed(tmp_path, print)
            assert in_words(refused.value) == in_words(error)


def die(_event: Event) -> None:
    """What a task's process does whose output nobody reads any more."""
    raise BrokenPipeError


def test_a_cancel_reaches_the_engine(tmp_path: Path) -> None:
    cancel = CancelToken()

    def does(tell: OnEvent, engines: CancelToken) -> Report:
        given_up = threading.Event()
        with engines.waking(given_up.set):
            tell(Notice("keying"))
            assert given_up.wait(PATIENCE)
        return report(cancelled=True)

    with serving(tmp_path, Keyer(does)):
        assert keyed(tmp_path, lambda _event: cancel.cancel(), cancel).cancelled


def test_an_engine_whose_device_failed_is_not_asked_again(tmp_path: Path) -> None:
    lost = FrameFailed(3, "key", "cuda:1 failed while it keyed frame 3: CUDA error.")
    its = Report((2,), (lost,), (), (), False, 1.5, {}, None)
    with serving(tmp_path, Keyer(lambda _tell, _cancel: its)) as engine:
        assert keyed(tmp_path, print) == its
        engine.join(PATIENCE)
        assert not engine.is_alive()


def test_a_task_that_dies_has_nothing_keyed_for_it(tmp_path: Path) -> None:
    cancelled, goes_on = threading.Event(), threading.Event()

    def does(tell: OnEvent, engines: CancelToken) -> Report:
        with engines.waking(cancelled.set):
            tell(Notice("keying"))
            assert cancelled.wait(PATIENCE)
        assert goes_on.wait(PATIENCE)
        tell(Notice("nobody listens"))
        return report()

    keyer = Keyer(does)
    with serving(tmp_path, keyer):
        with pytest.raises(BrokenPipeError):
            keyed(tmp_path, die)
        assert cancelled.wait(PATIENCE)
        goes_on.set()
        keyer.does = lambda _tell, _cancel: report()
        assert keyed(tmp_path, print) == report()


def test_closing_while_a_task_is_keyed_cancels_it_and_refuses_the_next(tmp_path: Path) -> None:
    begun = threading.Event()

    def does(_tell: OnEvent, engines: CancelToken) -> Report:
        given_up = threading.Event()
        with engines.waking(given_up.set):
            begun.set()
            assert given_up.wait(PATIENCE)
        return report(cancelled=True)

    reports = []
    with serving(tmp_path, Keyer(does)) as engine:
        task = threading.Thread(target=lambda: reports.append(keyed(tmp_path, print)))
        task.start()
        assert begun.wait(PATIENCE)
        address = read_address(tmp_path / FILE)
        assert address
        with Client(("127.0.0.1", address.port), authkey=SECRET.encode()) as closing:
            send(closing, {"ask": CLOSE})
            engine.join(PATIENCE)
        task.join(PATIENCE)
    assert [each.cancelled for each in reports] == [True]


def test_an_engine_that_nobody_needs_ends(tmp_path: Path) -> None:
    with serving(tmp_path, Keyer(), idle_seconds=0.01) as engine:
        engine.join(PATIENCE)
        assert not engine.is_alive()


def test_who_does_not_know_the_secret_is_not_served_and_does_no_harm(tmp_path: Path) -> None:
    keyer = Keyer()
    with serving(tmp_path, keyer):
        address = read_address(tmp_path / FILE)
        assert address
        leave_address(tmp_path / FILE, Address(**{**vars(address), "secret": "guessed"}))
        assert found(tmp_path) is None
        leave_address(tmp_path / FILE, address)
        assert keyed(tmp_path, print) == report()
    assert len(keyer.jobs) == 1


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{}", '{"port": 1}', "\0\xff", '{"port": 1, "secret": 2, "x": 3}']
)
def test_without_a_usable_address_there_is_no_engine(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text, encoding="latin-1")
    assert found(tmp_path) is None
    assert find_engine({}, start_none) is None
    assert close_engine(tmp_path, PATIENCE)


def test_an_engine_that_would_key_otherwise_is_not_asked() -> None:
    address = Address(1, SECRET, VERSION, felt({"OCIO": "a.ocio", "HOME": "/root"}))
    assert address.serves({"OCIO": "a.ocio", "HOME": "/home", VARIABLE: "x"})
    assert not address.serves({"OCIO": "b.ocio"})
    assert not address.serves({"OCIO": "a.ocio", "CUDA_VISIBLE_DEVICES": "1"})
    assert not Address(**{**vars(address), "engine": "0"}).serves({"OCIO": "a.ocio"})


def test_an_engine_that_hangs_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corridorkey_core.farm.engine.ask.ANSWER_SECONDS", 0.05)
    with Listener(("127.0.0.1", 0), authkey=SECRET.encode()) as nobody_accepts:
        address = Address(nobody_accepts.address[1], SECRET, VERSION, felt(os.environ))
        leave_address(tmp_path / FILE, address)
        assert found(tmp_path) is None


def test_who_says_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    with serving(tmp_path, Keyer()):
        address = read_address(tmp_path / FILE)
        assert address
        with Client(("127.0.0.1", address.port), authkey=SECRET.encode()):
            assert keyed(tmp_path, print) == report()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_only_its_user_reads_the_address(tmp_path: Path) -> None:
    leave_address(tmp_path / FILE, Address(1, SECRET, VERSION, {}))
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_an_engine_that_is_gone_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    with Listener(("127.0.0.1", 0), authkey=SECRET.encode()) as listener:
        address = Address(listener.address[1], SECRET, VERSION, felt(os.environ))
        leave_address(tmp_path / FILE, address)
        dies = threading.Thread(target=lambda: listener.accept().close())
        dies.start()
        with pytest.raises(EngineGone):
            keyed(tmp_path, print)
        dies.join()
