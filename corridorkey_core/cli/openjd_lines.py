"""What a run tells, in the lines that Open Job Description reads from a task's output."""

from __future__ import annotations

from typing import TextIO

from corridorkey_core.cli.display import failure_line, progress_line, said
from corridorkey_core.progress import Event, FrameFailed, Progress, RunStarted


class OpenjdLines:
    """Progress in percent and a status for each frame; everything else as plain lines.

    Each is one line of printable text, so that no file's name can be read as a line of its own.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failures: list[FrameFailed] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            gone = event.done + event.failed
            self.say(f"openjd_progress: {100 * gone / max(1, event.total):.1f}")
            self.say(f"openjd_status: {progress_line(event).strip()}")
        elif line := said(event):
            self.say(f"openjd_status: {line}" if isinstance(event, RunStarted) else line)
        if isinstance(event, FrameFailed):
            self._failures.append(event)

    def say(self, line: str) -> None:
        """Write one line."""
        self._stream.write(" ".join(line.split()) + "\n")
        self._stream.flush()

    def fail(self, reason: str) -> None:
        """Say why the task fails."""
        self.say(f"openjd_fail: {reason}")

    def fail_for_frames(self) -> None:
        """Say which frames failed, and of the first why."""
        first, count = self._failures[0], len(self._failures)
        others = f", and {count - 1} more" if count > 1 else ""
        self.fail(f"{failure_line(first)}{others}")
