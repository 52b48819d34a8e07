"""How close the pipeline comes to its slowest stage: read, key and write alone, serial, together.

    python benchmarks/pipeline.py [--size 4096x2160] [--frames 24] [--ways processes threads]
        [--serial 12] [any setting as NAME=VALUE]

Makes a noisy green-screen sequence in half EXR and measures, in one run: reading alone, keying
alone, writing alone, the pipeline, and over so many frames the serial loop with OpenImageIO's own
defaults. `processes` is how the command keys, where that has the device in a process of its own;
`threads` is all in one process. With `--memory` it runs the pipeline in child processes over 20 and
200 small frames and compares their peak memory.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch

# As the command does: torch's threads sleep while they wait.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import OpenImageIO as oiio
import torch
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.goals import Rates
from benchmarks.green_sequence import make_plates
from benchmarks.machine import machine_facts
from corridorkey_core.before_torch import keep_freed_planes
from corridorkey_core.deferred_write import Part
from corridorkey_core.device import choose_device, choose_devices
from corridorkey_core.device_process.crew import Crew, processes_suit
from corridorkey_core.devices import Ready, Shot
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.frames import Frame, Header, KeyedFrame, Pixels, Window
from corridorkey_core.job import Job
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.limits import Limits, limits_for
from corridorkey_core.look import settle_look
from corridorkey_core.plan import Plan, plan_job
from corridorkey_core.process import Report, process
from corridorkey_core.progress import ignore_events
from corridorkey_core.read import set_codec_threads
from corridorkey_core.settings import Settings
from corridorkey_core.trace import Trace, Tracing
from corridorkey_core.write import write_keyed

MOST_SERIAL = 12  # frames of the serial loop
WARM_UP = 12  # frames before anything is measured
WAYS = {"processes": processes_suit, "threads": lambda _devices, _frames: False}


@dataclasses.dataclass(frozen=True)
class Bench:
    """One shot, opened and ready."""

    plan: Plan
    footage: Footage
    keyers: Ready
    limits: Limits

    def read(self, number: int) -> Frame:
        """A frame as the pipeline reads it."""
        return self.keyers.place(self.footage.read(number))


@contextmanager
def frames_as_they_are() -> Iterator[None]:
    """Within the block, no device compresses what it keys."""
    with patch("corridorkey_core.deflate.packer.packed_passes", return_value=frozenset()):
        yield


def rate(report: Report) -> float:
    """Frames a second."""
    if report.failed:
        raise SystemExit(f"failed: {report.failed}")
    return len(report.finished) / report.seconds


def read_alone(bench: Bench) -> Report:
    """Every frame, by the pipeline's own readers."""
    nothing = KeyedFrame(0, Header(Window(0, 0, 1, 1), Window(0, 0, 1, 1)), "linear", {})
    return process(
        bench.plan.numbers,
        read=bench.read,
        key=lambda frame: dataclasses.replace(nothing, number=frame.number),
        write=lambda _keyed: (),
        limits=bench.limits,
    )


def in_memory(keyers: Ready, frame: Frame, count: int, limits: Limits) -> Report:
    """One frame under many numbers, keyed to host memory and then let go."""
    return process(
        range(count),
        read=lambda number: numbered(frame, number),
        key=keyers.keying,
        write=lambda keyed: (partial(_waited, keyed),),
        limits=limits,
    )


def _waited(keyed: KeyedFrame) -> Path:
    keyed.wait()
    return Path(str(keyed.number))


def numbered(frame: Frame, number: int) -> Frame:
    """The same frame under another number."""
    return dataclasses.replace(frame, plate=dataclasses.replace(frame.plate, number=number))


def write_alone(bench: Bench, keyed: KeyedFrame) -> Report:
    """One keyed frame under every number, by the pipeline's own writers."""
    return process(
        bench.plan.numbers,
        read=lambda number: dataclasses.replace(keyed, number=number),
        key=lambda frame: frame,
        write=lambda frame: write_keyed(frame, bench.plan.outputs),
        limits=bench.limits,
    )


def one_keyed(bench: Bench, frame: Frame) -> KeyedFrame:
    """A frame as it comes from the device."""
    kept: list[KeyedFrame] = []

    def keep(keyed: KeyedFrame) -> tuple[Part, ...]:
        kept.append(keyed)
        return (partial(_waited, keyed),)

    process([0], read=lambda _: frame, key=bench.keyers.keying, write=keep, limits=bench.limits)
    return kept[0]


def pipeline(bench: Bench, trace: Tracing | None = None) -> Report:
    """The pipeline as the command runs it, without records."""
    return process(
        bench.plan.numbers,
        read=bench.read,
        key=bench.keyers.keying,
        write=lambda frame: write_keyed(frame, bench.plan.outputs),
        limits=bench.limits,
        trace=trace,
    )


def serial(footage: Footage, key: FrameKeyer, plan: Plan, numbers: Sequence[int]) -> None:
    """Read, key and write one frame after the other, as a plain script would.

    All compressing is OpenImageIO's, with its own defaults and all cores for each file.
    """
    set_codec_threads(0)
    for number in numbers:
        keyed = key(footage.read(number))
        keyed.wait()
        for name, path in plan.outputs.paths(number).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_plainly(path, keyed.passes[name])


def write_plainly(path: Path, pixels: Pixels) -> None:
    """A file as OpenImageIO writes it unasked."""
    height, width, channels = pixels.shape
    kind = "half" if pixels.dtype == np.float16 else pixels.dtype.name
    output = oiio.ImageOutput.create(str(path))
    if output is None or not output.open(str(path), oiio.ImageSpec(width, height, channels, kind)):
        raise SystemExit(f"{path} cannot be written")
    output.write_image(pixels)
    output.close()


@contextmanager
def opened(folder: Path, settings: Settings, crew: Crew) -> Iterator[Bench]:
    """The shot of a folder, its devices ready."""
    job = Job(str(folder / "fg.####.exr"), str(folder / "out"), str(folder / "matte.####.exr"))
    plan = plan_job(dataclasses.replace(job, settings=settings))
    devices = choose_devices(settings)
    set_codec_threads(1)
    with open_footage(plan.plate, plan.hint, settings) as footage:
        limits = limits_for(settings, footage.frame_bytes, devices=len(devices))
        look = settle_look(footage, settings)
        shot = Shot(lambda _tell, device: loaded(settings, device), look, frames=len(plan.numbers))
        with crew.ready(devices, shot, ignore_events) as keyers:
            yield Bench(plan, footage, keyers, limits)


def loaded(settings: Settings, device: torch.device) -> Keyer:
    """The keyer that settings ask for."""
    return load_keyer(settings, device, print)


def files_to_files(
    folder: Path, settings: Settings, way: str = "processes", trace: Tracing | None = None
) -> Rates:
    """Measure a folder's shot in one of `WAYS`, all but the serial loop, and print its table."""
    with Crew(suits=WAYS[way]) as crew, opened(folder, settings, crew) as bench:
        return measure(bench, trace)


def measure(bench: Bench, trace: Tracing | None) -> Rates:
    """Print the table of one way, once it has all memory."""
    frame = bench.read(bench.plan.numbers[0])
    count = len(bench.plan.numbers)
    few = dataclasses.replace(bench.plan, numbers=bench.plan.numbers[:WARM_UP])
    pipeline(dataclasses.replace(bench, plan=few))
    keyed = one_keyed(bench, frame)
    print("| stage | frames/s | s/frame |\n| --- | --- | --- |")
    alone = {
        "read alone": _row("read alone", read_alone(bench)),
        "key alone": _row("key alone", in_memory(bench.keyers, frame, count, bench.limits)),
        "write alone": _row("write alone", write_alone(bench, keyed)),
    }
    report = pipeline(bench, trace)
    together = _row("pipeline", report)
    rates = Rates(alone, together)
    print(f"\npipeline / {rates.slowest}: {rates.beside_slowest:.3f}")
    print(f"bottleneck named by the run: {report.bottleneck}; {report.stage_seconds}", flush=True)
    return rates


def _row(name: str, report: Report) -> float:
    frames = rate(report)
    print(f"| {name} | {frames:.3f} | {1 / frames:.3f} |", flush=True)
    return frames


def measure_serial(folder: Path, settings: Settings, most: int = MOST_SERIAL) -> float:
    """Frames a second of the serial loop."""
    job = Job(str(folder / "fg.####.exr"), str(folder / "out"), str(folder / "matte.####.exr"))
    plan = plan_job(dataclasses.replace(job, settings=settings))
    device, load = choose_device(settings.device), partial(loaded, settings)
    with open_footage(plan.plate, plan.hint, settings) as footage, frames_as_they_are():
        look = settle_look(footage, settings)
        with FrameKeyer(load, device, look, ignore_events) as key:
            key(footage.read(plan.numbers[0])).wait()
            numbers = plan.numbers[:most]
            begun = time.perf_counter()
            serial(footage, key, plan, numbers)
            return len(numbers) / (time.perf_counter() - begun)


def memory(words: Sequence[str]) -> None:
    """Peak memory of the pipeline over 20 and over 200 frames, each in a process of its own."""
    peaks = {}
    for count in (20, 200):
        command = [sys.executable, __file__, "--size", "960x540", "--frames", str(count), "--peak"]
        command += words
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[count] = float(said.stdout.split()[-1])
        print(f"{count} frames: peak {peaks[count]:.0f} MiB")
    print(f"ratio: {peaks[200] / peaks[20]:.3f}")


def peak(folder: Path, settings: Settings) -> None:
    """Run the pipeline alone and print its peak in MiB, and the largest device's process's."""
    with Crew() as crew, opened(folder, settings, crew) as bench:
        pipeline(bench)
    owners = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(sum(resource.getrusage(owner).ru_maxrss for owner in owners) / 1024)


def main() -> None:
    """Parse the command line and measure."""
    keep_freed_planes()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="4096x2160")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--ways", nargs="+", choices=tuple(WAYS), default=["processes"])
    parser.add_argument("--serial", type=int, default=MOST_SERIAL, help="its frames; 0 is none")
    parser.add_argument("--trace", type=Path, help="write a trace of the first way's pipeline")
    parser.add_argument("--folder", type=Path, help="where plates and results go")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    options = parser.parse_args()
    if options.memory:
        memory(options.settings)
        return
    pairs = (pair.partition("=") for pair in options.settings)
    settings = Settings.from_mapping({name: yaml.safe_load(text) for name, _, text in pairs})
    width, height = (int(edge) for edge in options.size.split("x"))
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place)
        make_plates(folder, width, height, options.frames)
        if options.peak:
            peak(folder, settings)
            return
        print(f"{machine_facts()}; torch threads {torch.get_num_threads()}")
        print(f"{options.size}, {options.frames} frames, {options.settings or 'default settings'}")
        rates, trace = [], Trace() if options.trace else None
        for way in options.ways:
            print(f"\n{way}:")
            rates.append(files_to_files(folder, settings, way, trace))
            if trace:
                trace.save(options.trace)
                trace = None
        if options.serial:
            plainly = measure_serial(folder, settings, options.serial)
            faster = rates[0].pipeline / plainly
            print(f"serial loop: {plainly:.3f}; pipeline / serial loop: {faster:.2f}")


if __name__ == "__main__":
    main()
