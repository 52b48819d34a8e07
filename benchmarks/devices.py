"""Several devices beside one: frames in memory, a process for each device, and files to files.

    python benchmarks/devices.py [--devices cuda:0,cuda:1] [--frames 96] [--size 1920x1080]
        [--keyers corridorkey chroma] [--rounds 2] [any setting as NAME=VALUE]

Recipe weights stand in for trained ones: they cost the same. What devices do side by side is
measured in turns with what the first does alone, on the same machine in the same minutes. A process
for each device is what threads of one process are to come up to: nothing is shared but the machine.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine_facts
from benchmarks.pipeline import make_plates
from corridorkey_core.device import choose_devices
from corridorkey_core.devices import Shot, ready
from corridorkey_core.footage import open_footage
from corridorkey_core.frames import Frame, KeyedFrame
from corridorkey_core.job import Job
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keying import Keying
from corridorkey_core.limits import limits_for
from corridorkey_core.look import settle_look
from corridorkey_core.page_locked import page_locked
from corridorkey_core.plan import Plan, plan_job
from corridorkey_core.process import process
from corridorkey_core.progress import Notice, OnEvent
from corridorkey_core.run import run
from corridorkey_core.settings import Settings
from corridorkey_core.warm import WarmKeyer, warm_workshop
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state

PLATES = 12
GO = "go\n"


@dataclass(frozen=True)
class Bench:
    """A shot and its keyers, which stay loaded from one measurement to the next."""

    plan: Plan
    warm: WarmKeyer

    @property
    def settings(self) -> Settings:
        """The shot's own."""
        return self.plan.job.settings

    def in_memory(self, devices: Sequence[torch.device], rounds: int) -> Callable[[], float]:
        """Frames a second from host memory to host memory; ready devices are kept until the end."""
        return partial(self._in_memory, devices, rounds)

    def _in_memory(self, devices: Sequence[torch.device], rounds: int) -> float:
        with open_footage(self.plan.plate, self.plan.hint, self.settings) as footage:
            shot = Shot(self._load, settle_look(footage, self.settings))
            frame = page_locked(footage.read(self.plan.numbers[0]), devices[0])
            with ready(devices, shot, say) as keyers:
                self._through(keyers.keying, frame, len(devices), 4 * len(devices))
                return max(
                    self._through(keyers.keying, frame, len(devices), len(self.plan.numbers))
                    for _ in range(rounds)
                )

    def _through(
        self, keying: Keying[Frame, KeyedFrame], frame: Frame, devices: int, count: int
    ) -> float:
        report = process(
            range(count),
            read=lambda number: replace(frame, plate=replace(frame.plate, number=number)),
            key=keying,
            write=lambda keyed: (partial(_waited, keyed),),
            limits=limits_for(self.settings, frame.nbytes, devices=devices),
        )
        return len(report.finished) / report.seconds

    def _load(self, tell: OnEvent, device: torch.device) -> Keyer:
        return self.warm.lend(self.settings, device, lambda words: tell(Notice(words)))

    def files(self, devices: str, rounds: int) -> float:
        """Frames a second from files to files."""
        named = replace(self.plan.job, settings=self.settings.changed(devices=devices))
        plan = plan_job(named)
        workshop = warm_workshop(self.warm, 0)
        run(replace(plan, numbers=plan.numbers[:8]), on_event=say, workshop=workshop)
        reports = [run(plan, on_event=say, workshop=workshop) for _ in range(rounds)]
        for report in reports:
            print(f"  files, {devices}: {report.bottleneck}, {_rounded(report.stage_seconds)}")
            if report.failed:
                raise SystemExit(f"failed: {report.failed}")
        return max(len(report.finished) / report.seconds for report in reports)


def _waited(keyed: KeyedFrame) -> Path:
    keyed.wait()
    return Path(str(keyed.number))


def _rounded(seconds: object) -> dict[str, float]:
    return {name: round(spent, 2) for name, spent in dict(seconds).items()}  # type: ignore[call-overload]


def say(event: object) -> None:
    """Print what a person should know."""
    if isinstance(event, Notice):
        print(f"  {event.message}", flush=True)


def processes(words: Sequence[str], devices: Sequence[torch.device]) -> float:
    """Frames a second in memory of one process for each device, all at the same time."""
    command = [sys.executable, __file__, *words]
    children = [
        subprocess.Popen(
            [*command, "--alone", str(device)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for device in devices
    ]
    for child in children:
        assert child.stdout
        for line in iter(child.stdout.readline, ""):
            if line == "ready\n":
                break
    for child in children:
        assert child.stdin
        child.stdin.write(GO)
        child.stdin.flush()
    return sum(float(child.communicate()[0].split()[-1]) for child in children)


def alone(bench: Bench, device: torch.device) -> None:
    """One of those processes: warm up, wait for the others, print the rate."""
    bench.in_memory([device], 1)()
    print("ready", flush=True)
    sys.stdin.readline()
    print(bench.in_memory([device], 1)())


def measure(bench: Bench, options: argparse.Namespace, words: Sequence[str]) -> None:
    """Print the table for one keyer."""
    devices = choose_devices(bench.settings)
    one, several = [devices[:1], devices]
    rows = {"in memory": [bench.in_memory(some, options.rounds)() for some in (one, several)]}
    if not options.no_processes:
        rows["in memory, a process each"] = [rows["in memory"][0], processes(words, devices)]
    names = [",".join(map(str, some)) for some in (one, several)]
    rows["files"] = [bench.files(some, options.rounds) for some in names]
    print(f"| {bench.settings.keyer} | one | {len(devices)} | ratio |\n|---|---|---|---|")
    for name, (first, both) in rows.items():
        print(f"| {name} | {first:.2f} | {both:.2f} | {both / first:.3f} |", flush=True)


def make_shot(folder: Path, size: str, frames: int, settings: Settings) -> Plan:
    """Plates and hints, few of them different, and the plan to key them."""
    if not (folder / "fg.0001.exr").exists():
        width, height = (int(edge) for edge in size.split("x"))
        make_plates(folder, width, height, PLATES)
        for number in range(PLATES + 1, frames + 1):
            for name in ("fg", "matte"):
                like = folder / f"{name}.{(number - 1) % PLATES + 1:04d}.exr"
                (folder / f"{name}.{number:04d}.exr").symlink_to(like)
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--devices", default="all")
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--keyers", nargs="+", default=["corridorkey", "chroma"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--no-processes", action="store_true")
    parser.add_argument("--folder", type=Path, help="where plates and results go")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="any setting")
    options = parser.parse_args()
    pairs = (pair.partition("=") for pair in options.set)
    named = {name: yaml.safe_load(text) for name, _, text in pairs}
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or Path(place)
        if not options.alone:
            print(f"{machine_facts()}; {options.size}, {options.frames} frames {options.set}")
        for keyer in options.keyers:
            settings = Settings.from_mapping({"devices": options.devices, "keyer": keyer, **named})
            if keyer == "corridorkey":
                weights = str(checkpoint(folder, settings.model_size))
                settings = settings.changed(checkpoint=weights)
            bench = Bench(make_shot(folder, options.size, options.frames, settings), WarmKeyer())
            if options.alone:
                alone(bench, torch.device(options.alone))
                return
            begun = time.perf_counter()
            words = ["--folder", str(folder), "--keyers", keyer, "--size", options.size]
            words += ["--frames", str(options.frames), "--set", *options.set]
            measure(bench, options, words)
            print(f"measured in {time.perf_counter() - begun:.0f} s\n", flush=True)
            bench.warm.free()


if __name__ == "__main__":
    main()
