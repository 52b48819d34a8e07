"""The record of what ran when: threads, overlap, counts, and a file that is whole or absent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corridorkey_core.process import process
from corridorkey_core.trace import Trace, Untraced
from tests.fake_shot import WAIT, WIDE, Shot, leaving_nothing


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    with leaving_nothing():
        yield


def saved(trace: Trace, folder: Path) -> list[dict[str, Any]]:
    trace.save(folder / "deep" / "trace.json")
    document = json.loads((folder / "deep" / "trace.json").read_text())
    events: list[dict[str, Any]] = document["traceEvents"]
    return events


def test_a_span_has_its_time_in_microseconds_its_thread_and_its_facts(tmp_path: Path) -> None:
    now = iter([1000, 5000, 9000])
    trace = Trace(clock=lambda: next(now))
    with trace.span("key", frame=57):
        pass
    named, span = saved(trace, tmp_path)
    assert (span["ph"], span["name"], span["ts"], span["dur"]) == ("X", "key", 4.0, 4.0)
    assert span["args"] == {"frame": 57}
    assert named["args"]["name"] == threading.current_thread().name
    assert (named["pid"], named["tid"]) == (span["pid"], span["tid"])


def test_a_span_that_raises_is_recorded(tmp_path: Path) -> None:
    trace = Trace()
    with pytest.raises(LookupError), trace.span("key"):
        raise LookupError
    assert [event["name"] for event in saved(trace, tmp_path)] == ["thread_name", "key"]


def test_counts_are_counters(tmp_path: Path) -> None:
    trace = Trace()
    trace.count("frames held", read=2, write=3)
    event = saved(trace, tmp_path)[-1]
    assert (event["ph"], event["args"]) == ("C", {"read": 2, "write": 3})


def test_nothing_recorded_is_a_valid_file(tmp_path: Path) -> None:
    assert saved(Trace(), tmp_path) == []


def test_every_thread_may_record(tmp_path: Path) -> None:
    trace = Trace()
    together = threading.Barrier(4)

    def work() -> None:
        together.wait(WAIT)
        for frame in range(200):
            with trace.span("read", frame=frame):
                pass

    threads = [threading.Thread(target=work, name=f"reader {index}") for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    events = saved(trace, tmp_path)
    assert len([event for event in events if event["ph"] == "X"]) == 800
    assert {event["args"]["name"] for event in events if event["ph"] == "M"} == {
        f"reader {index}" for index in range(4)
    }


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(OSError, match="folder"):
        Trace().save(tmp_path / "folder" / "trace.json")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        Trace().save(tmp_path / "taken.json")
    assert not list(tmp_path.glob(".*"))


def test_no_trace_costs_nothing_and_says_nothing() -> None:
    with Untraced().span("key", frame=1):
        Untraced().count("frames held", read=1)


def test_reading_keying_and_writing_are_seen_to_overlap(tmp_path: Path) -> None:
    shot, trace = Shot(frames=3), Trace()
    together = threading.Barrier(3)
    for stage, number in (("write 0", 1), ("key", 2), ("read", 3)):
        shot.at(stage, number, lambda: together.wait(WAIT))
    process(shot.numbers, read=shot.read, key=shot.key, write=shot.write, limits=WIDE, trace=trace)
    events = saved(trace, tmp_path)
    spans = {
        (event["name"], event["args"]["frame"]): event
        for event in events
        if event["ph"] == "X" and "frame" in event["args"]
    }
    at_once = [
        max((event for name, event in spans.items() if name == which), key=lambda e: e["dur"])
        for which in (("read", 3), ("key", 2), ("write", 1))
    ]
    assert max(e["ts"] for e in at_once) < min(e["ts"] + e["dur"] for e in at_once)
    names = {event["args"]["name"] for event in events if event["ph"] == "M"}
    assert any(name.startswith("corridorkey-read") for name in names)
    assert any(name.startswith("corridorkey-write") for name in names)
    assert any(event["ph"] == "C" for event in events)
