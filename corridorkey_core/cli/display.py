"""What a person, or a program, sees of a run while it runs."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TextIO

from corridorkey_core.errors import CorridorKeyError, FrameError
from corridorkey_core.progress import (
    Event,
    FrameFailed,
    Notice,
    OnEvent,
    Progress,
    RunStarted,
)

ERASE = "\r\x1b[K"
PLAIN_EVERY = 10


def choose_display(stream: TextIO, *, quiet: bool, json_lines: bool) -> OnEvent:
    """The display for a stream: JSON lines, failures only, a live line, or plain lines."""
    if json_lines:
        return JsonLines(stream)
    if quiet:
        return Failures(stream)
    return LiveLine(stream) if stream.isatty() else PlainLines(stream)


class JsonLines:
    """One JSON object a line for every event, its kind under `event`; for programs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        line = json.dumps({"event": kind, **dataclasses.asdict(event)}, ensure_ascii=False)
        self._stream.write(line + "\n")
        self._stream.flush()


class Failures:
    """Says only what went wrong."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        if isinstance(event, FrameFailed):
            self._stream.write(failure_line(event) + "\n")
            self._stream.flush()


class PlainLines:
    """A line for every few frames, for logs; failures and notices as they come."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        line = said(event)
        if isinstance(event, Progress) and _worth_a_line(event):
            line = progress_line(event)
        if line:
            self._stream.write(line + "\n")
            self._stream.flush()


class LiveLine:
    """One line that is drawn over, for terminals; failures and notices scroll above it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            line, over = progress_line(event), event.done + event.failed >= event.total
            self._last = "" if over else line
            self._stream.write(ERASE + line + ("\n" if over else ""))
        elif line := said(event):
            self._stream.write(f"{ERASE}{line}\n{self._last}")
        self._stream.flush()


def said(event: Event) -> str:
    """What is said of an event at once, or nothing."""
    if isinstance(event, FrameFailed):
        return failure_line(event)
    if isinstance(event, Notice):
        return event.message if event.frame is None else f"frame {event.frame}: {event.message}"
    if isinstance(event, RunStarted):
        return started_line(event)
    return ""


def started_line(event: RunStarted) -> str:
    """How many frames will be keyed and how many need not be."""
    left = event.total - len(event.skipped)
    if not event.skipped:
        return f"keying {event.total} frames"
    return (
        f"keying {left} of {event.total} frames; {len(event.skipped)} are finished and current "
        "(--overwrite keys them again)"
    )


def progress_line(event: Progress) -> str:
    """Frames done, frames a second, time left, what the run waits for, and who keyed the last."""
    width = len(str(event.total))
    parts = [f"{event.done:>{width}}/{event.total} frames"]
    if event.failed:
        parts.append(f"{event.failed} failed")
    if event.rate is not None:
        parts.append(f"{event.rate:.2f} frames/s")
    if event.seconds_left is not None:
        parts.append(f"{clock(event.seconds_left)} left")
    if event.bottleneck:
        parts.append(f"limited by {event.bottleneck}")
    if event.device:
        parts.append(f"{event.frame} by {event.device}")
    return "  ".join(parts)


def failure_line(event: FrameFailed) -> str:
    """One failed frame: number, stage, reason, file."""
    return f"frame {event.frame} failed to {event.stage}: {_placed(event.reason, event.path)}"


def in_words(error: CorridorKeyError) -> str:
    """An error for a person, with the file that it is about."""
    return _placed(error.reason, error.path) if isinstance(error, FrameError) else str(error)


def _placed(reason: str, path: str | None) -> str:
    return f"{reason} [{path}]" if path and path not in reason else reason


def clock(seconds: float) -> str:
    """Seconds as h:mm:ss or m:ss."""
    whole = int(seconds + 0.5)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def _worth_a_line(event: Progress) -> bool:
    gone = event.done + event.failed
    return gone >= event.total or gone % max(1, min(PLAIN_EVERY, event.total // 10)) == 0
