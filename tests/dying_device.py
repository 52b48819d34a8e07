"""A run on two GPUs, one of which dies: `python -m tests.dying_device SHOT_FOLDER`.

A kernel that reads where nothing is leaves cuda:1 good for nothing until the process ends, which is
why this is one of its own. Prints the report's finished and failed frames and the notices, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.plan import plan_job
from corridorkey_core.progress import Event, Notice
from corridorkey_core.run import run
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.workshop import Workshop
from tests.small_shot import job_of


class Dying(ChromaKeyer):
    """The chroma keyer on a GPU that dies at its second frame."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._where = device
        self._keyed = 0

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        self._keyed += 1
        if self._keyed == 2:
            nowhere = torch.tensor([1 << 20], device=self._where)
            torch.zeros(1, device=self._where)[nowhere].sum().item()
        return super().key(plate, hint, screen)


def load(_settings: Settings, device: torch.device, _say: Callable[[str], None]) -> Keyer:
    return Dying(device) if device.index == 1 else ChromaKeyer(device)


def main() -> None:
    events: list[Event] = []
    job = job_of(Path(sys.argv[1]), devices="cuda:0,cuda:1")
    report = run(plan_job(job), on_event=events.append, workshop=Workshop(load))
    notices = [event.message for event in events if isinstance(event, Notice)]
    failed = [(failure.frame, failure.stage, failure.reason) for failure in report.failed]
    sys.stdout.write(json.dumps({"finished": report.finished, "failed": failed, "said": notices}))


if __name__ == "__main__":
    main()
