"""Two devices to key on where there is no GPU: cpu:0 and cpu:1, whose keyers do as told."""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import Event, FrameFinished, Notice
from corridorkey_core.run import run
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.spare import CPU
from corridorkey_core.workshop import Workshop
from tests.small_shot import content, job_of, key

TWO = "cpu:0,cpu:1"
Say = Callable[[str], None]
DEAD = "CUDA error: unspecified launch failure\nCompile with `TORCH_USE_CUDA_DSA`"


class OnDevice(ChromaKeyer):
    """The real chroma keyer, which meets what its device has in store for each of its frames."""

    def __init__(self, name: str, bench: Bench) -> None:
        super().__init__(CPU)
        self.where, self._bench = name, bench
        self.identity = bench.identities.get(name, super().identity)
        self.economised = 0

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        self._bench.come(self.where)
        return super().key(plate, hint, screen)

    def economise(self) -> str | None:
        self.economised += 1
        return "it now works in tiles" if self.economised == 1 else None


class Listened:
    """What runs told, by their `events`."""

    events: list[Event]

    @property
    def notices(self) -> list[str]:
        return [event.message for event in self.events if isinstance(event, Notice)]

    @property
    def keyed_on(self) -> dict[int, str]:
        return {e.frame: e.device for e in self.events if isinstance(e, FrameFinished)}


class Bench(Listened):
    """Keyers on cpu:0 and cpu:1; the first frame of each waits until the other has one too."""

    def __init__(self) -> None:
        self.loaded: dict[str, OnDevice] = {}
        self.threads: dict[str, list[int]] = defaultdict(list)
        self.identities: dict[str, str] = {}
        self.events: list[Event] = []
        self.at: dict[str, Callable[[], object]] = {}
        self._both = threading.Barrier(2)
        self._lock = threading.Lock()

    def load(self, _settings: Settings, device: torch.device, say: Say) -> Keyer:
        name = str(device)
        say("Keyer: chroma.")
        self.threads[name].append(threading.get_ident())
        self.loaded[name] = OnDevice(name, self)
        return self.loaded[name]

    def come(self, name: str) -> None:
        first = len(self.threads[name]) == 1
        self.threads[name].append(threading.get_ident())
        if first:
            self._both.wait(20)
        self.at.get(name, lambda: None)()

    def run(self, job: Any, **options: Any) -> Report:
        workshop = options.pop("workshop", Workshop(self.load))
        return run(plan_job(job), on_event=self.events.append, workshop=workshop, **options)


def made_alone(shot: Path) -> dict[str, bytes]:
    """What one device makes of a shot, which is as before then."""
    key(job_of(shot))
    expected = content(shot / "out")
    shutil.rmtree(shot / "out")
    return expected
