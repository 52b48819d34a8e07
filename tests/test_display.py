"""What a person or a program sees of a run."""

from __future__ import annotations

import io
import json

from corridorkey_core.cli.display import choose_display, clock, progress_line
from corridorkey_core.progress import FrameFailed, FrameFinished, Notice, Progress, RunStarted

EVENTS = (
    RunStarted(3, (1,)),
    Notice("Something fell back."),
    FrameFinished(2, ("/out/matte/a.0002.exr",)),
    Progress(1, 2, rate=2.0, seconds_left=61.0, bottleneck="write"),
    FrameFailed(3, "read", "No such file.", "/p/a.0003.exr"),
    Progress(1, 2, failed=1, rate=2.0, seconds_left=0.0, bottleneck="write"),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_on(stream: io.StringIO, *, quiet: bool = False, json_lines: bool = False) -> str:
    display = choose_display(stream, quiet=quiet, json_lines=json_lines)
    for event in EVENTS:
        display(event)
    return stream.getvalue()


def test_the_line_says_frames_rate_time_left_and_bottleneck() -> None:
    line = progress_line(Progress(7, 120, 1, 2.345, 61.0, "write"))
    assert line == "  7/120 frames  1 failed  2.35 frames/s  1:01 left  limited by write"


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.6, 3600, 3661)] == [
        "0:00",
        "1:00",
        "1:00:00",
        "1:01:01",
    ]


def test_a_terminal_draws_one_line_over_and_ends_it() -> None:
    text = shown_on(Terminal())
    assert "\r\x1b[K1/2 frames" in text
    assert "frame 3 failed to read: No such file. [/p/a.0003.exr]\n" in text
    assert text.endswith("limited by write\n")


def test_a_log_gets_plain_lines() -> None:
    text = shown_on(io.StringIO())
    assert "\r" not in text
    assert "keying 2 of 3 frames; 1 are finished and current" in text
    assert "Something fell back." in text


def test_quiet_says_only_failures() -> None:
    assert shown_on(io.StringIO(), quiet=True).count("\n") == 1


def test_programs_get_one_json_object_for_each_event() -> None:
    lines = [json.loads(line) for line in shown_on(io.StringIO(), json_lines=True).splitlines()]
    assert [line["event"] for line in lines] == [
        "run_started",
        "notice",
        "frame_finished",
        "progress",
        "frame_failed",
        "progress",
    ]
    assert lines[2] == {
        "event": "frame_finished",
        "frame": 2,
        "paths": ["/out/matte/a.0002.exr"],
        "seconds": 0.0,
        "device": "",
    }
