"""Several devices beside one: frames in memory and files to files, in processes and on threads.

    python benchmarks/devices.py [--devices cuda:0,cuda:1] [--frames 96] [--size 1920x1080]
        [--keyers corridorkey chroma] [--ways processes threads] [--rounds 2] [--set NAME=VALUE ...]

Recipe weights stand in for trained ones: they cost the same. What devices do side by side is
measured in turns with what the first does alone, on the same machine in the same minutes. `threads`
are all in this process; `processes` is how the command keys.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.green_sequence import make_plates
from benchmarks.machine import machine_facts
from benchmarks.pipeline import in_memory, rate
from corridorkey_core.before_torch import keep_freed_planes
from corridorkey_core.device import choose_devices
from corridorkey_core.device_process.crew import Crew
from corridorkey_core.devices import Shot
from corridorkey_core.footage import open_footage
from corridorkey_core.job import Job
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.limits import limits_for
from corridorkey_core.look import settle_look
from corridorkey_core.plan import Plan, plan_job
from corridorkey_core.progress import Notice, OnEvent
from corridorkey_core.run import run
from corridorkey_core.settings import Settings
from corridorkey_core.workshop import Workshop
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state

WARM_UP = 8  # frames
WAYS = {"processes": lambda _devices, _frames: True, "threads": lambda _devices, _frames: False}


@dataclass(frozen=True)
class Bench:
    """A shot, and the processes that stay from one measurement to the next."""

    plan: Plan
    crew: Crew

    @property
    def settings(self) -> Settings:
        """The shot's own."""
        return self.plan.job.settings

    def in_memory(self, devices: Sequence[torch.device], rounds: int) -> float:
        """Frames a second from host memory to host memory."""
        with open_footage(self.plan.plate, self.plan.hint, self.settings) as footage:
            frames = len(self.plan.numbers)
            shot = Shot(self._load, settle_look(footage, self.settings), frames=frames)
            with self.crew.ready(devices, shot, say) as keyers:
                frame = keyers.place(footage.read(self.plan.numbers[0]))
                limits = limits_for(self.settings, frame.nbytes, devices=len(devices))
                in_memory(keyers, frame, 4 * len(devices), limits)
                return max(rate(in_memory(keyers, frame, frames, limits)) for _ in range(rounds))

    def _load(self, tell: OnEvent, device: torch.device) -> Keyer:
        return load_keyer(self.settings, device, lambda words: tell(Notice(words)))

    def files(self, devices: Sequence[torch.device], rounds: int) -> float:
        """Frames a second from files to files, once devices are ready."""
        names = ",".join(map(str, devices))
        plan = plan_job(replace(self.plan.job, settings=self.settings.changed(devices=names)))
        workshop = Workshop(ready=self.crew.ready)
        run(replace(plan, numbers=plan.numbers[:WARM_UP]), on_event=say, workshop=workshop)
        reports = [run(plan, on_event=say, workshop=workshop) for _ in range(rounds)]
        for report in reports:
            print(f"  files, {names}: {report.bottleneck}, {_rounded(report.stage_seconds)}")
        return max(map(rate, reports))


def _rounded(seconds: object) -> dict[str, float]:
    return {name: round(spent, 2) for name, spent in dict(seconds).items()}  # type: ignore[call-overload]


def say(event: object) -> None:
    """Print what a person should know."""
    if isinstance(event, Notice):
        print(f"  {event.message}", flush=True)


def measure(plan: Plan, ways: Sequence[str], rounds: int) -> None:
    """Print the table for one keyer."""
    devices = choose_devices(plan.job.settings)
    some = [devices[:1], devices] if len(devices) > 1 else [devices]
    rows: dict[str, list[float]] = {}
    for way in ways:
        with Crew(suits=WAYS[way]) as crew:
            bench = Bench(plan, crew)
            rows[f"in memory, {way}"] = [bench.in_memory(these, rounds) for these in some]
            rows[f"files to files, {way}"] = [bench.files(these, rounds) for these in some]
    print(f"| {plan.job.settings.keyer} | one | {len(devices)} | ratio |\n|---|---|---|---|")
    for name, rates in rows.items():
        print(f"| {name} | {rates[0]:.2f} | {rates[-1]:.2f} | {rates[-1] / rates[0]:.3f} |")
    sys.stdout.flush()


def make_shot(folder: Path, size: str, frames: int, settings: Settings) -> Plan:
    """Plates and hints, and the plan to key them."""
    if not (folder / "fg.0001.exr").exists():
        width, height = (int(edge) for edge in size.split("x"))
        make_plates(folder, width, height, frames)
    plate, hint = (str(folder / f"{name}.####.exr") for name in ("fg", "matte"))
    changed = settings.changed(overwrite=True)
    return plan_job(Job(plate, str(folder / "out"), hint, f"1-{frames}", settings=changed))


def checkpoint(folder: Path, size: int) -> Path:
    """Recipe weights in half precision."""
    path = folder / "recipe.safetensors"
    if path.exists():
        return path
    state = recipe_state(size).items()
    halves = {name: one.half() if one.is_floating_point() else one for name, one in state}
    return write_checkpoint(path, halves)


def main() -> None:
    """Parse the command line and measure."""
    keep_freed_planes()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", default="all")
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--keyers", nargs="+", default=["corridorkey", "chroma"])
    parser.add_argument("--ways", nargs="+", choices=tuple(WAYS), default=list(WAYS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where plates and results go")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="any setting")
    options = parser.parse_args()
    pairs = (pair.partition("=") for pair in options.set)
    named = {name: yaml.safe_load(text) for name, _, text in pairs}
    print(f"{machine_facts()}; {options.size}, {options.frames} frames {options.set}")
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place)
        for keyer in options.keyers:
            settings = Settings.from_mapping({"devices": options.devices, "keyer": keyer, **named})
            if keyer == "corridorkey":
                weights = str(checkpoint(folder, settings.model_size))
                settings = settings.changed(checkpoint=weights)
            begun = time.perf_counter()
            shot = make_shot(folder, options.size, options.frames, settings)
            measure(shot, options.ways, options.rounds)
            print(f"measured in {time.perf_counter() - begun:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
