"""Runs on cpu:0 and cpu:1 as processes, with keyers there that do what a test has written down.

`python -m tests.keyed_apart SHOT_FOLDER SCRIPT_FOLDER` is such a run, to be killed.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from corridorkey_core.device_process.crew import Crew
from corridorkey_core.device_process.started import Started
from corridorkey_core.errors import KeyingError, WeightsError
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import Event
from corridorkey_core.run import run
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.spare import CPU
from corridorkey_core.workshop import Workshop
from tests.fake_shot import leaving_nothing
from tests.small_shot import job_of
from tests.two_devices import DEAD, TWO, Listened, Say

SCRIPT = "KEYED_APART"
LOADING = 0  # in place of the number of a device's frame
WAIT = 30.0

linux = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="processes are Linux only")


class Odd(Exception):
    """An error that cannot be made from what it was made of."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


@dataclass(frozen=True)
class Script:
    """A folder: what devices are to do at which of their frames, and how far they are."""

    folder: Path

    def tell(self, device: str, frame: int, what: str) -> None:
        """Have a device do something at its first, second ... frame, or as it loads its keyer."""
        (self.folder / f"{device} {frame}").write_text(what)

    def wait_for(self, device: str, frame: int) -> int:
        """The process's number, once the device waits at that frame."""
        return int(_content_of(self.folder / f"{device} {frame} waits"))

    def go(self) -> None:
        """Let all go on that wait."""
        (self.folder / "go").write_text("go")

    def next_frame(self, device: str) -> int:
        """In the device's process: which of its frames since the last `forget` comes now."""
        path = self.folder / f"{device} frames"
        path.write_text(path.read_text() + "x" if path.exists() else "x")
        return len(path.read_text())

    def frames(self, device: str) -> int:
        """How many frames the device has begun since the last `forget`."""
        path = self.folder / f"{device} frames"
        return len(path.read_text()) if path.exists() else 0

    def do(self, device: str, frame: int) -> None:
        """In the device's process: what it was told."""
        path = self.folder / f"{device} {frame}"
        action = path.read_text() if path.exists() else "nothing"
        ACTIONS[action](self, device, frame)

    def have_them_meet(self) -> None:
        """Have the first frame of each of two devices wait until the other has one too."""
        (self.folder / "meet").write_text("meet")

    def meet(self, device: str) -> None:
        """In the device's process: wait until all have come here, where they are to."""
        (self.folder / f"{device} came").write_text(str(os.getpid()))
        for other in TWO.split(",") if (self.folder / "meet").exists() else ():
            _content_of(self.folder / f"{other} came")

    def process(self, device: str) -> int:
        """The number of the process of a device that has come to its first frame."""
        return int(_content_of(self.folder / f"{device} came"))

    def forget(self) -> None:
        """Tell devices nothing any more."""
        for path in self.folder.iterdir():
            path.unlink()


def _content_of(path: Path) -> str:
    until = time.monotonic() + WAIT
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, f"{path.name} never came"
        time.sleep(0.005)
    return path.read_text()


def _wait(script: Script, device: str, frame: int) -> None:
    (script.folder / f"{device} {frame} waits").write_text(str(os.getpid()))
    _content_of(script.folder / "go")


def _raise(error: Exception) -> None:
    raise error


ACTIONS: dict[str, Callable[[Script, str, int], object]] = {
    "nothing": lambda *_: None,
    "wait": _wait,
    "die": lambda *_: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda *_: os._exit(3),
    "divide": lambda *_: 1 / 0,
    "lose the device": lambda *_: _raise(RuntimeError(DEAD)),
    "run out of memory": lambda *_: _raise(MemoryError("no more")),
    "give up": lambda *_: _raise(KeyingError("It is broken.", path="plate.exr")),
    "raise oddly": lambda *_: _raise(Odd("one", "two")),
    "refuse the weights": lambda *_: _raise(WeightsError("The checkpoint is truncated.")),
}


class Told(ChromaKeyer):
    """The real chroma keyer, which does what the script has for each of its frames."""

    def __init__(self, script: Script, name: str) -> None:
        super().__init__(CPU)
        self._script, self._name = script, name
        identity = script.folder / f"{name} identity"
        self.identity = identity.read_text() if identity.exists() else super().identity

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        frame = self._script.next_frame(self._name)
        if frame == 1:
            self._script.meet(self._name)
        self._script.do(self._name, frame)
        return super().key(plate, hint, screen)


def load(_settings: Settings, device: torch.device, say: Say) -> Keyer:
    """A keyer as the script of this process has it."""
    script = Script(Path(os.environ[SCRIPT]))
    say("Keyer: chroma.")
    script.do(str(device), LOADING)
    return Told(script, str(device))


def always(_devices: Sequence[torch.device], _frames: int) -> bool:
    """Processes suit every device."""
    return True


@dataclass
class Apart(Listened):
    """Runs of one crew, and what they told."""

    script: Script
    crew: Crew
    events: list[Event] = field(default_factory=list)

    def run(self, job: Any, **options: Any) -> Report:
        workshop = Workshop(ready=self.crew.ready)
        return run(plan_job(job), on_event=self._tell, workshop=workshop, **options)

    def _tell(self, event: Event) -> None:
        self.events.append(event)


@contextmanager
def apart(folder: Path, processes: Sequence[Started] = ()) -> Iterator[Apart]:
    """A crew whose keyers do as its script says; it leaves neither thread, file nor process.

    Its `processes` have that script's folder in their environment.
    """
    folder.mkdir(exist_ok=True)
    before = set(children())
    with leaving_nothing(), pytest.MonkeyPatch.context() as patch:
        patch.setenv(SCRIPT, str(folder))
        with Crew(processes, load=load, suits=always) as crew:
            yield Apart(Script(folder), crew)
        # A bug's traceback holds, in a circle, what it was met with.
        gc.collect()
    assert set(children()) <= before


def children(of: int = 0) -> list[int]:
    """The processes that this one, or another, has started and that are still there."""
    tasks = Path(f"/proc/{of or os.getpid()}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def gone(process: int) -> bool:
    """Whether a process has ended; a zombie has."""
    try:
        facts = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True
    return facts.rpartition(")")[2].split()[0] == "Z"


def wait_until_gone(*processes: int) -> None:
    """Return when all of them have ended."""
    for process in processes:
        while not gone(process):
            os.sched_yield()


def shared_blocks() -> int:
    """How many blocks of shared memory this process has."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    return len({line.split()[4] for line in lines if "/memfd:corridorkey" in line})


def main() -> None:
    """A run until it is killed, or until it is done."""
    os.environ[SCRIPT] = sys.argv[2]
    # By a name that the processes find it by.
    from tests import keyed_apart

    with Crew(load=keyed_apart.load, suits=always) as crew:
        run(plan_job(job_of(Path(sys.argv[1]), devices=TWO)), workshop=Workshop(ready=crew.ready))


if __name__ == "__main__":
    main()
