"""A few small green-screen frames on disk, for tests of whole runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from corridorkey_core.frames import Pixels
from corridorkey_core.job import Job
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, Event
from corridorkey_core.run import run
from corridorkey_core.settings import Settings
from tests.picture_files import write

ROOT = Path(__file__).resolve().parent.parent
SCREEN, SKIN = (0.09, 0.42, 0.12), (0.6, 0.3, 0.2)
WIDTH, HEIGHT = 96, 64


def alpha_of(number: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """A soft-edged disk [H, W, 1] that moves with the frame's number."""
    rows, columns = np.mgrid[0:height, 0:width]
    centre = width / 2 + number % 10
    distance = np.hypot(columns - centre, rows - height / 2)
    alpha: Pixels = np.clip(height * 0.3 - distance, 0, 1)[..., None]
    return alpha.astype(np.float32)


def plate_of(number: int, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """The disk before a green screen, with grain, linear Rec.709 half [H, W, 3]."""
    alpha = alpha_of(number, width, height)
    grain = np.random.default_rng(abs(number)).normal(0, 0.002, (height, width, 3))
    plate: Pixels = alpha * SKIN + (1 - alpha) * SCREEN + grain
    return plate.astype(np.float16)


def make_shot(folder: Path, numbers: range = range(1001, 1007), **facts: Any) -> Path:
    """Plates `plate/shot.####.exr` and hints `hint/shot.####.exr`; `facts` are attributes."""
    for number in numbers:
        write(folder / f"plate/shot.{number:04d}.exr", plate_of(number), **facts)
        hint = alpha_of(number).astype(np.float16)
        write(folder / f"hint/shot.{number:04d}.exr", hint, ["Y"])
    return folder


def job_of(folder: Path, frames: str = "", hint: bool = True, **settings: Any) -> Job:
    """The shot's job, into `out`; keyed on the CPU by chroma unless told otherwise."""
    return Job(
        plate=str(folder / "plate/shot.####.exr"),
        hint=str(folder / "hint/shot.####.exr") if hint else "",
        output=str(folder / "out"),
        frames=frames,
        settings=Settings(**{"device": "cpu", "keyer": "chroma", **settings}),
    )


def key(job: Job, cancel: CancelToken | None = None) -> tuple[Report, list[Event]]:
    """Run a job and return its report and all it told."""
    events: list[Event] = []
    return run(plan_job(job), on_event=events.append, cancel=cancel), events


def content(folder: Path) -> dict[str, bytes]:
    """Every visible file below a folder and its bytes; records are not pictures."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".corridorkey" not in path.parts
    }


def temporaries(folder: Path) -> list[Path]:
    """Files below a folder that are not whole yet."""
    return [path for path in folder.rglob("*") if ".tmp" in path.name]


def command(*words: str) -> list[str]:
    """The command line that runs `corridorkey` in a child, of this environment."""
    return [sys.executable, "-m", "corridorkey_core", *words]


def said(*words: str, cwd: Path = ROOT, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `corridorkey` in a child to its end."""
    # A child finds what its parent finds.
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {"PYTHONPATH": path} | options.pop("env", {})
    return subprocess.run(
        command(*words),
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        **options,
    )
