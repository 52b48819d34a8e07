"""The worker's desk, with an engine that is held and let go: order, cancels, idleness, ends."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from corridorkey_plugin import protocol
from corridorkey_plugin.worker.idle import END, FREE, Idle
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_shot import Gate
from tests.plugin_desk import HELLO, JOB, Bench, Clock, FakeEngine


def test_jobs_are_done_one_after_the_other_and_the_desk_ends_when_idle() -> None:
    bench = Bench()
    bench.ask(HELLO, bench.key("a"), bench.key("b"))
    bench.desk.work()
    assert bench.engine.log == ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]
    assert bench.last("a") == protocol.Done("a", (1, 2, 3))
    assert bench.said[0] == protocol.Welcome(protocol.PROTOCOL, "1")


def test_an_idle_engine_is_freed_once_and_then_the_process_ends() -> None:
    bench = Bench(free_after=50, end_after=200)
    bench.ask(HELLO, bench.key("a"))
    bench.desk.work()
    assert bench.engine.freed == 1
    assert bench.clock.now == 100 + 200


def test_idleness_counts_from_the_last_work() -> None:
    clock = Clock()
    idle = Idle(10, 30, clock)
    assert (idle.wait, idle.due()) == (10, "")
    clock.now += 9
    idle.worked()
    clock.now += 9
    assert (idle.wait, idle.due()) == (1, "")
    clock.now += 1
    assert (idle.due(), idle.due(), idle.wait) == (FREE, "", 20)
    clock.now += 20
    assert (idle.wait, idle.due()) == (0, END)
    idle.worked()
    clock.now += 10
    assert idle.due() == FREE, "what was freed may be loaded again"
    assert Idle(99, 10, clock).wait == 10


def test_a_preview_is_done_between_two_frames_and_before_jobs_that_wait() -> None:
    bench = Bench()

    def ask_for_a_look(name: str, frame: int) -> None:
        if (name, frame) == ("a", 1):
            bench.ask(protocol.Preview("look", {**JOB, "name": "look"}, 48))

    bench.engine.at_frame = ask_for_a_look
    bench.ask(HELLO, bench.key("a"), bench.key("b"))
    bench.desk.work()
    assert bench.engine.log[:5] == ["a 1", "look 1", "look 2", "look 3", "a 2"]
    assert bench.engine.log[-3:] == ["b 1", "b 2", "b 3"]
    assert bench.last("look") == protocol.Done("look", (1, 2, 3))


def test_a_preview_that_needs_another_keyer_waits_for_the_jobs_end_and_no_longer() -> None:
    bench = Bench()
    other = {**JOB, "name": "look", "settings": {"keyer": "corridorkey"}}

    def ask_for_a_look(name: str, frame: int) -> None:
        if (name, frame) == ("a", 1):
            bench.ask(protocol.Preview("look", other))

    bench.engine.at_frame = ask_for_a_look
    bench.ask(HELLO, bench.key("a"), bench.key("b"))
    bench.desk.work()
    assert [line.split()[0] for line in bench.engine.log] == ["a"] * 3 + ["look"] * 3 + ["b"] * 3


@pytest.mark.parametrize(
    ("cancelled", "at"), [("a", None), ("a", ("a", 1)), ("b", ("a", 1)), ("c", ("b", 3))]
)
def test_cancelling_ends_a_job_and_leaves_the_others(
    cancelled: str, at: tuple[str, int] | None
) -> None:
    bench = Bench()

    def cancel(name: str, frame: int) -> None:
        if (name, frame) == at:
            bench.ask(protocol.Cancel(cancelled))

    bench.engine.at_frame = cancel
    bench.ask(HELLO, bench.key("a"), bench.key("b"), bench.key("c"))
    if at is None:
        bench.ask(protocol.Cancel(cancelled))
    bench.desk.work()
    for name in "abc":
        if name == cancelled:
            assert bench.last(name).cancelled
            assert len(bench.last(name).finished) <= 1
        else:
            assert bench.last(name) == protocol.Done(name, (1, 2, 3))


def test_a_job_waits_for_the_files_that_come_first_and_each_frame_for_its_own() -> None:
    bench, gate = Bench(), Gate()
    bench.clock.stands = True
    bench.engine.at_frame = lambda _name, _frame: gate()
    gate.open()
    bench.ask(HELLO, protocol.Key("a", {**JOB, "name": "a"}, awaits=(1, 2, 3), first=(1, 3)))
    working = threading.Thread(target=bench.desk.work)
    working.start()
    bench.ask(protocol.Inputs("a", (1,)))
    bench.ask(bench.key("b"))
    gate.wait_for(3)
    assert [line[0] for line in bench.engine.log[:2]] == ["b", "b"], "what is ready goes first"
    bench.ask(protocol.Inputs("a", (3,)))
    gate.wait_for(1)
    bench.ask(protocol.Inputs("a", (2,)))
    gate.wait_for(2)
    bench.desk.hang_up()
    working.join(20)
    assert bench.engine.log[3:] == ["a 1", "a 2", "a 3"]


def test_a_job_that_waits_for_its_files_keeps_the_process_and_wakes_when_they_come() -> None:
    bench = Bench(free_after=0, end_after=0)
    waiting = protocol.Key("a", {**JOB, "name": "a"}, awaits=(1,), first=(1,))
    bench.ask(HELLO, waiting)
    come = threading.Timer(0.05, bench.ask, (protocol.Inputs("a", (1,)),))
    come.start()
    bench.desk.work()
    assert bench.last("a").finished == (1, 2, 3)
    assert set(bench.clock.waits[:2]) == {None}
    assert bench.engine.freed == 0


def test_a_job_that_cannot_be_is_told_and_the_next_is_done() -> None:
    bench = Bench()
    bench.ask(HELLO, bench.key("a", plate="wrong"), bench.key("b"))
    bench.desk.work()
    assert bench.last("a") == protocol.Refused("No such space.", "refused", "a")
    assert bench.last("b").finished == (1, 2, 3)


def test_a_bug_ends_the_process_with_its_traceback() -> None:
    bench = Bench()

    def fail(_name: str, _frame: int) -> None:
        raise ZeroDivisionError

    bench.engine.at_frame = fail
    bench.ask(HELLO, bench.key("a"))
    with pytest.raises(ZeroDivisionError):
        bench.desk.work()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (protocol.Key("a", JOB), "wrong_id"),
        (protocol.Key("", JOB), "wrong_id"),
        (protocol.Cancel("nobody"), "wrong_id"),
        (protocol.Inputs("nobody", (1,)), "wrong_id"),
        (protocol.Key("b", {"plate": "p"}), "refused"),
        (protocol.Key("b", {**JOB, "plates": "p"}), "refused"),
        (protocol.Key("b", {**JOB, "settings": {"kyer": "chroma"}}), "refused"),
        (protocol.Key("b", {**JOB, "plate": "a\0b"}), "refused"),
        (protocol.Key("b", {**JOB, "settings": {"checkpoint": "\ud800"}}), "refused"),
        (protocol.Key("b", {**JOB, "name": "../up"}), "refused"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    request_: protocol.Request, code: str
) -> None:
    bench = Bench()
    bench.ask(HELLO, bench.key("a"))
    bench.ask(request_)
    refusal = bench.said[-1]
    assert isinstance(refusal, protocol.Refused)
    assert refusal.code == code
    bench.desk.work()
    assert bench.last("a").finished == (1, 2, 3)


def test_nothing_is_done_before_hello_and_another_protocol_is_refused() -> None:
    bench = Bench()
    bench.ask(bench.key("a"), protocol.Hello(protocol.PROTOCOL + 1), bench.key("b"))
    codes = [reply.code for reply in bench.said if isinstance(reply, protocol.Refused)]
    assert codes == ["no_hello", "version", "no_hello"]


def test_status_is_answered_at_once_whatever_is_done() -> None:
    bench = Bench()

    def look(name: str, frame: int) -> None:
        if (name, frame) == ("a", 2):
            with bench.steps.span("key", frame=2):
                bench.clock.now += 7
                bench.ask(protocol.AskStatus())
            with bench.steps.span("wait for read"):
                bench.clock.now += 7
                bench.ask(protocol.AskStatus())

    bench.engine.at_frame = look
    bench.ask(HELLO, protocol.AskStatus(), bench.key("a"), bench.key("b"))
    bench.desk.work()
    status = [reply for reply in bench.said if isinstance(reply, protocol.Status)]
    assert status[1] == protocol.Status("a", ("b",), ("k",), seconds=7.0)
    assert status[2].seconds == 0.0, "who waits for files is not stuck"


def test_hanging_up_while_loading_ends_at_once() -> None:
    bench = Bench()
    at_once: list[bool] = []

    def load() -> FakeEngine:
        bench.desk.hang_up()
        at_once.append(bench.ended.is_set())
        return bench.engine

    bench.open_engine = load
    bench.desk.work()
    assert at_once == [True]


@pytest.mark.parametrize("by", ["eof", "shutdown", "broken pipe"])
def test_hanging_up_in_the_middle_ends_after_the_frame_in_order(by: str) -> None:
    bench = Bench()

    def hang_up(name: str, frame: int) -> None:
        if (name, frame) == ("a", 2):
            if by == "broken pipe":
                bench.listens = False
            elif by == "eof":
                bench.desk.hang_up()
            else:
                bench.ask(protocol.Shutdown())

    bench.engine.at_frame = hang_up
    bench.ask(HELLO, bench.key("a"), bench.key("b"))
    bench.desk.work()
    assert bench.engine.log == ["a 1", "a 2"]
    assert not bench.ended.is_set(), "files may be being written"


LINES = st.lists(
    st.one_of(
        st.binary(max_size=60).map(lambda line: line.replace(b"\n", b" ")),
        st.builds(
            lambda name, fields: json.dumps({"type": name, **fields}).encode(),
            st.sampled_from([*protocol.REQUESTS, "dance"]).filter(lambda name: name != "shutdown"),
            st.dictionaries(
                st.sampled_from(["id", "job", "frames", "protocol", "awaits", "longest_edge"]),
                st.none() | st.integers() | st.text(max_size=5) | st.just({}) | st.just([1]),
            ),
        ),
    ),
    min_size=1,
    max_size=8,
)


@given(LINES)
def test_whatever_comes_is_answered_and_the_next_job_is_done(lines: list[bytes]) -> None:
    bench = Bench()
    bench.ask(HELLO)
    for line in lines:
        before = len(bench.said)
        bench.desk.take(line)
        answered = bench.said[before:]
        known = json_or_none(line)
        if known and known.get("type") in ("key", "preview", "hello", "inputs", "cancel"):
            continue  # these may be well formed, and are answered when their time comes
        assert answered, line
    bench.ask(bench.key("job of this test"))
    bench.desk.work()
    assert bench.last("job of this test").finished == (1, 2, 3)


def json_or_none(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
