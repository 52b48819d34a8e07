"""What a host and the engine's process say to each other: one JSON object a line.

Every message has a `type`; one that belongs to a job or a preview has its `id`. Fields that are not
known are left alone, so that either side may grow. See docs/protocol.md.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union

from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.progress import (
    Event,
    FrameFailed,
    FrameFinished,
    Notice,
    Progress,
    RunStarted,
)
from corridorkey_plugin.fields import FieldError, build

PROTOCOL = 1
LONGEST_REQUEST = 1 << 20
"""Bytes of the longest line that the engine's process takes."""


class ProtocolError(CorridorKeyError):
    """A line is no message: `code` is too_long, malformed or unknown_type, `id` the job's."""

    def __init__(self, message: str, code: str, id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.id = id


@dataclass(frozen=True)
class Hello:
    """The first message of a host: which protocol it speaks, and who it is."""

    protocol: int
    host: str = ""
    version: str = ""


@dataclass(frozen=True)
class Key:
    """Key a job, after those asked for before; `job` is what `Job.to_mapping` gives.

    `awaits` are frames whose files come later, each announced by `Inputs`; the job starts when
    those of `first` are announced, and reads the others as they come.
    """

    id: str
    job: Mapping[str, Any]
    awaits: tuple[int, ...] = ()
    first: tuple[int, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Files of awaited frames are on disk, whole; or never will be, where `error` says why."""

    id: str
    frames: tuple[int, ...]
    error: str = ""


@dataclass(frozen=True)
class Preview:
    """Key the frames of a job before all others, between two frames of what runs.

    Pictures are reduced to `longest_edge` pixels, or not by 0.
    """

    id: str
    job: Mapping[str, Any]
    longest_edge: int = 0


@dataclass(frozen=True)
class Cancel:
    """End a job or a preview before its next frame; it answers `Done` as it would have."""

    id: str


@dataclass(frozen=True)
class AskStatus:
    """Ask what goes on; answered at once, whatever is being done."""


@dataclass(frozen=True)
class Shutdown:
    """End the process as cancelling ends a job; closing its standard input does the same."""


@dataclass(frozen=True)
class Welcome:
    """The answer to `Hello`: what this engine is and has.

    `devices` are names the setting `device` takes, the best first; `checkpoint` is the file that
    `keyer: corridorkey` would load, or empty; `weights` changes when that file does.
    """

    protocol: int
    engine: str
    python: str = ""
    pid: int = 0
    devices: tuple[str, ...] = ()
    keyers: tuple[str, ...] = ()
    checkpoint: str = ""
    weights: str = ""


@dataclass(frozen=True)
class Status:
    """What goes on: the job being keyed (or empty), those that wait, and what is kept warm.

    `seconds` is how long a device has been on what it does now, the longest of several.
    """

    job: str = ""
    waiting: tuple[str, ...] = ()
    keyers: tuple[str, ...] = ()
    recent_frames: int = 0
    recent_bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Told:
    """An event of a job or a preview, of `corridorkey_core.progress`."""

    id: str
    event: Event


@dataclass(frozen=True)
class Done:
    """A job or a preview came to its end; `cancelled` only where that left frames unfinished."""

    id: str
    finished: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    skipped: tuple[int, ...] = ()
    unfinished: tuple[int, ...] = ()
    cancelled: bool = False


@dataclass(frozen=True)
class Refused:
    """A message, or a whole job, could not be done; `code` is one of docs/protocol.md.

    Where `id` is a job's, it is the last message about it.
    """

    message: str
    code: str
    id: str = ""


Request = Union[Hello, Key, Inputs, Preview, Cancel, AskStatus, Shutdown]
Reply = Union[Welcome, Status, Told, Done, Refused]
REQUESTS: dict[str, Any] = {
    "hello": Hello,
    "key": Key,
    "inputs": Inputs,
    "preview": Preview,
    "cancel": Cancel,
    "status": AskStatus,
    "shutdown": Shutdown,
}
EVENTS: dict[str, Any] = {
    "run_started": RunStarted,
    "frame_finished": FrameFinished,
    "frame_failed": FrameFailed,
    "progress": Progress,
    "notice": Notice,
}
REPLIES: dict[str, Any] = {"hello": Welcome, "status": Status, "done": Done, "error": Refused}
_NAMES = {kind: name for table in (REQUESTS, REPLIES, EVENTS) for name, kind in table.items()}


def encode(message: Union[Request, Reply]) -> bytes:
    """A message as its line, in ASCII, with its end."""
    if isinstance(message, Told):
        values = {"id": message.id, **dataclasses.asdict(message.event)}
        name = _NAMES[type(message.event)]
    else:
        values, name = dataclasses.asdict(message), _NAMES[type(message)]
    return json.dumps({"type": name, **values}).encode("ascii") + b"\n"


def decode_request(line: bytes) -> Request:
    """The request on a line; raises `ProtocolError`."""
    if len(line) > LONGEST_REQUEST:
        raise too_long()
    values, name = _parsed(line)
    if name not in REQUESTS:
        raise _unknown(values, name, REQUESTS)
    request: Request = _build(REQUESTS[name], values)
    return request


def decode_reply(line: bytes) -> Reply:
    """The reply on a line; raises `ProtocolError`."""
    values, name = _parsed(line)
    if name in EVENTS:
        return Told(_text(values.get("id")), _build(EVENTS[name], values))
    if name not in REPLIES:
        raise _unknown(values, name, REPLIES)
    reply: Reply = _build(REPLIES[name], values)
    return reply


def too_long() -> ProtocolError:
    """What is said of a line that is longer than any message may be."""
    return ProtocolError(f"The line is longer than {LONGEST_REQUEST} bytes.", "too_long")


def other_protocol(host: int, engine: int) -> str:
    """What to say where host and engine speak different protocols: which side is the older."""
    words = f"The host's plugin speaks protocol {host} and the engine {engine}. "
    if host > engine:
        return words + "Update the engine: `python3 build.py setup` in its folder."
    return words + "Update the plugin in the host to that of the engine's version."


def _parsed(line: bytes) -> tuple[dict[str, Any], str]:
    try:
        values = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"The line is no JSON: {error}.", "malformed") from error
    if not isinstance(values, dict):
        raise ProtocolError("The line is no JSON object.", "malformed")
    return values, _text(values.get("type"))


def _unknown(values: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> ProtocolError:
    return ProtocolError(
        f"The message's type is {name[:100]!r}; expected one of {', '.join(known)}.",
        "unknown_type",
        _text(values.get("id")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _build(kind: Any, values: Mapping[str, Any]) -> Any:
    try:
        return build(kind, values)
    except FieldError as error:
        words = f"The message {_NAMES[kind]} {error}."
        raise ProtocolError(words, "malformed", _text(values.get("id"))) from error
