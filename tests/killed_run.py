"""A run in a process of its own, to be killed: `python killed_run.py OUTPUT STUCK_FRAME VALUE`.

Files are bytes made from the frame's number and VALUE. The second file of STUCK_FRAME is half
written when `stuck` is said on standard output, and stays so, and the frames from the fifth after
it are never read. Each finished frame is said too. STUCK_FRAME 0 is none.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corridorkey_core.limits import Limits
from corridorkey_core.manifest import Manifest, PictureKey
from corridorkey_core.process import Report, process
from corridorkey_core.progress import Event, FrameFinished
from corridorkey_core.settings import Settings

FRAMES = tuple(range(1, 31))
FILES = ("matte", "fg")
LIMITS = Limits(1000, read_ahead=3, write_behind=4, read_threads=2, write_threads=3)
NEVER = threading.Event()


@dataclass(frozen=True)
class Pixels:
    """One frame's bytes."""

    number: int
    content: bytes

    @property
    def nbytes(self) -> int:
        return len(self.content)


def paths(output: Path, number: int) -> dict[str, Path]:
    return {name: output / name / f"shot.{number:04}.bin" for name in FILES}


def resume(output: Path, stuck_frame: int, value: int) -> tuple[Report, dict[int, str]]:
    key = PictureKey.of(Settings(soften=float(value)), "killed 1", None)
    manifest = Manifest(output, "shot", key, str)
    outdated = manifest.outdated(FRAMES, partial(paths, output))

    def replace(keyed: Pixels) -> list[partial[Path]]:
        manifest.forget(keyed.number)
        return [
            partial(write, path, keyed.content, keyed.number == stuck_frame and name == FILES[1])
            for name, path in paths(output, keyed.number).items()
        ]

    def read(number: int) -> Pixels:
        if stuck_frame and number > stuck_frame + 4:
            NEVER.wait()
        return Pixels(number, bytes([number]) * 1000)

    report = process(
        tuple(outdated),
        read=read,
        key=lambda frame: Pixels(frame.number, bytes([value]) + frame.content),
        write=replace,
        limits=LIMITS,
        on_event=say,
        finished=manifest.record,
    )
    return report, outdated


def write(path: Path, content: bytes, stuck: bool) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        if stuck:
            print_line("stuck")
            NEVER.wait()
        file.write(content[len(content) // 2 :])
    temporary.replace(path)
    return path


def say(event: Event) -> None:
    if isinstance(event, FrameFinished):
        print_line(f"finished {event.frame}")


def print_line(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    resume(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
