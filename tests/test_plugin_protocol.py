"""Messages: what is said is heard, and what is no message is told apart from one."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from corridorkey_plugin import protocol
from corridorkey_plugin.protocol import (
    LONGEST_REQUEST,
    ProtocolError,
    decode_reply,
    decode_request,
    encode,
    other_protocol,
)
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.progress import (
    Event,
    FrameFailed,
    FrameFinished,
    Notice,
    Progress,
    RunStarted,
)

TEXTS = st.text(max_size=20)
WHOLE = st.integers(-(2**40), 2**40)
VALUES = {
    "str": TEXTS,
    "int": WHOLE,
    "float": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "str | None": st.none() | TEXTS,
    "int | None": st.none() | WHOLE,
    "float | None": st.none() | st.floats(allow_nan=False),
    "tuple[int, ...]": st.lists(WHOLE, max_size=5).map(tuple),
    "tuple[str, ...]": st.lists(TEXTS, max_size=5).map(tuple),
    "Mapping[str, Any]": st.dictionaries(TEXTS, TEXTS | WHOLE | st.lists(TEXTS), max_size=4),
}


def messages(kind: Any) -> st.SearchStrategy[Any]:
    return st.builds(kind, **{one.name: VALUES[str(one.type)] for one in dataclasses.fields(kind)})


REQUESTS = st.one_of([messages(kind) for kind in protocol.REQUESTS.values()])
EVENTS = st.one_of([messages(kind) for kind in protocol.EVENTS.values()])
REPLIES = st.one_of(
    [messages(kind) for kind in protocol.REPLIES.values()]
    + [st.builds(protocol.Told, TEXTS, EVENTS)]
)


@given(REQUESTS)
def test_a_request_is_heard_as_it_was_said(message: protocol.Request) -> None:
    line = encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode_request(line) == message


@given(REPLIES)
def test_a_reply_is_heard_as_it_was_said(message: protocol.Reply) -> None:
    assert decode_reply(encode(message)) == message


def test_every_event_of_a_run_can_be_told() -> None:
    events: list[Event] = [RunStarted(1), FrameFinished(1, ("a",)), FrameFailed(1, "key", "b")]
    for event in [*events, Progress(1, 2), Notice("c")]:
        assert decode_reply(encode(protocol.Told("j", event))) == protocol.Told("j", event)


@given(REQUESTS, st.dictionaries(TEXTS.map(lambda text: f"new {text}"), TEXTS))
def test_unknown_fields_are_left_alone(message: protocol.Request, more: dict[str, str]) -> None:
    line = json.dumps({**json.loads(encode(message)), **more}).encode()
    assert decode_request(line) == message


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        (b"", "malformed", "no JSON"),
        (b"hello", "malformed", "no JSON"),
        (b"\xff\xfe", "malformed", "no JSON"),
        (b"[1]", "malformed", "no JSON object"),
        (b"{}", "unknown_type", "expected one of hello, key"),
        (b'{"type": 3}', "unknown_type", "''"),
        (b'{"type": "dance", "id": "j1"}', "unknown_type", "'dance'"),
        (b'{"type": "key"}', "malformed", "key has no id"),
        (b'{"type": "key", "id": 7, "job": {}}', "malformed", "wrong id: '7'; expected str"),
        (b'{"type": "key", "id": "j1", "job": []}', "malformed", "wrong job"),
        (b'{"type": "hello", "protocol": true}', "malformed", "wrong protocol"),
        (b'{"type": "inputs", "id": "j1", "frames": [1, "2"]}', "malformed", "wrong frames"),
        (b'{"type": "preview", "id": "j1", "job": {}, "longest_edge": NaN}', "malformed", "nan"),
        (b'{"type": "status", "x": ' + b"[" * 100_000, "malformed", "no JSON"),
        (b'{"type": "hello", "protocol": ' + b"9" * 5000 + b"}", "malformed", "no JSON"),
        (b" " * (LONGEST_REQUEST + 1), "too_long", "longer than"),
    ],
)
def test_what_is_no_message_is_told_so(line: bytes, code: str, said: str) -> None:
    with pytest.raises(ProtocolError) as told:
        decode_request(line)
    assert told.value.code == code
    assert said in str(told.value)
    assert len(str(told.value)) < 500
    assert told.value.id == ("j1" if b'"j1"' in line else "")


@given(st.binary(max_size=200))
def test_no_bytes_at_all_do_harm(line: bytes) -> None:
    for decode in (decode_request, decode_reply):
        try:
            decode(line)
        except ProtocolError:
            continue


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    ),
    st.sampled_from([*protocol.REQUESTS, *protocol.REPLIES, *protocol.EVENTS]),
    st.sampled_from(["id", "job", "frames", "protocol", "awaits", "paths", "rate", "event"]),
)
def test_no_values_at_all_do_harm(value: object, name: str, field: str) -> None:
    line = json.dumps({"type": name, "id": "j", "job": {}, "frames": [], field: value}).encode()
    for decode in (decode_request, decode_reply):
        try:
            decode(line)
        except ProtocolError:
            continue


def test_the_older_side_is_named() -> None:
    assert "Update the engine" in other_protocol(host=2, engine=1)
    assert "build.py setup" in other_protocol(host=2, engine=1)
    assert "Update the plugin" in other_protocol(host=1, engine=2)
