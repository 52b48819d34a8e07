"""What goes between a task and the engine: JSON objects, each one message of the connection."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from multiprocessing.connection import Connection
from typing import Any

from corridorkey_core.errors import CorridorKeyError, FrameError
from corridorkey_core.process import Report
from corridorkey_core.progress import (
    Event,
    FrameFailed,
    FrameFinished,
    Notice,
    Progress,
    RunStarted,
)

KEY, CANCEL, CLOSE = "key", "cancel", "close"
LARGEST = 64 << 20
_EVENTS: Mapping[str, type[Event]] = {
    kind.__name__: kind for kind in (RunStarted, FrameFinished, FrameFailed, Progress, Notice)
}


def send(connection: Connection, message: Mapping[str, Any]) -> None:
    """Send one message; raises `OSError` where nobody listens any more."""
    connection.send_bytes(json.dumps(message).encode())


def receive(connection: Connection) -> dict[str, Any] | None:
    """The next message, or None where the other side is gone or speaks another language."""
    try:
        message = json.loads(connection.recv_bytes(LARGEST))
    except (EOFError, OSError, ValueError):
        return None
    return message if isinstance(message, dict) else None


def of_event(event: Event) -> dict[str, Any]:
    """An event as a message."""
    return {"event": type(event).__name__, **asdict(event)}


def to_event(message: Mapping[str, Any]) -> Event:
    """The event of a message made by `of_event`."""
    values = {name: _tuple(value) for name, value in message.items() if name != "event"}
    return _EVENTS[message["event"]](**values)


def of_report(report: Report) -> dict[str, Any]:
    """A report as a message."""
    return {"report": asdict(report)}


def to_report(message: Mapping[str, Any]) -> Report:
    """The report of a message made by `of_report`."""
    values = {name: _tuple(value) for name, value in message["report"].items()}
    failed = tuple(FrameFailed(**failure) for failure in values.pop("failed"))
    return Report(failed=failed, **values)


def of_refusal(error: CorridorKeyError) -> dict[str, Any]:
    """Why a job as a whole cannot start, as a message."""
    path = error.path if isinstance(error, FrameError) else None
    return {"refused": str(error), "path": path}


def to_refusal(message: Mapping[str, Any]) -> CorridorKeyError:
    """The error of a message made by `of_refusal`."""
    reason, path = message["refused"], message["path"]
    return FrameError(reason, path=path) if path else CorridorKeyError(reason)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
