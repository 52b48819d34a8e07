"""How close the pipeline comes to its slowest stage: read, key and write alone, serial, together.

    python benchmarks/pipeline.py [--size 4096x2160] [--frames 24] [any setting as NAME=VALUE]

Makes a noisy green-screen sequence in half EXR and measures, in one run: reading alone, keying
alone, writing alone, the serial loop with OpenImageIO's own defaults, and the pipeline. With
`--memory` it also runs the pipeline in child processes over 20 and 200 small frames and compares
their peak memory.
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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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

from benchmarks.machine import machine_facts
from corridorkey_core.device import choose_device
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.frames import Frame, Header, KeyedFrame, Pixels, Window
from corridorkey_core.job import Job
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.keyers.load import load_keyer
from corridorkey_core.limits import Limits, limits_for, usable_processors
from corridorkey_core.look import settle_look
from corridorkey_core.outputs import OutputPlan, plan_outputs
from corridorkey_core.page_locked import page_locked
from corridorkey_core.plan import Plan, plan_job
from corridorkey_core.process import Report, process
from corridorkey_core.progress import ignore_events
from corridorkey_core.read import set_codec_threads
from corridorkey_core.settings import Settings
from corridorkey_core.write import write_keyed

SCREEN = np.array([0.09, 0.42, 0.12], np.float32)
MOST_SERIAL = 12  # frames of the serial loop
SKIN = np.array([0.55, 0.32, 0.22], np.float32)


def make_plates(folder: Path, width: int, height: int, count: int) -> None:
    """Write plates and hints: a soft-edged subject that moves, grain that changes."""
    settings = Settings(passes=("fg", "matte"), compression="zips", template="{pass}.{frame}.{ext}")
    outputs = plan_outputs(str(folder), "plate", settings, 4)
    with ThreadPoolExecutor(min(8, usable_processors())) as pool:
        for number in range(1, count + 1):
            pool.submit(make_plate, outputs, width, height, number)


def make_plate(outputs: OutputPlan, width: int, height: int, number: int) -> None:
    """Write one frame's plate and hint."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / width
    window = Window(0, 0, width, height)
    rng = np.random.default_rng(number)
    radius = np.hypot(x - 0.5 - 0.05 * np.sin(number / 9), (y - 0.27) * 1.2)
    alpha = np.clip((0.17 - radius) / 0.02, 0, 1)[..., None]
    light = alpha * SKIN + (1 - alpha) * SCREEN * (1.1 - 0.4 * x[..., None])
    noise = rng.standard_normal(light.shape, np.float32) * np.sqrt(2e-4 * light + 1e-6)
    pictures = {"fg": (light + noise).astype(np.float16), "matte": alpha.astype(np.float16)}
    for part in write_keyed(
        KeyedFrame(number, Header(window, window), "linear", pictures), outputs
    ):
        part()


@dataclasses.dataclass(frozen=True)
class Bench:
    """One shot, opened and ready."""

    plan: Plan
    footage: Footage
    key: FrameKeyer
    limits: Limits
    device: torch.device

    def read(self, number: int) -> Frame:
        """A frame as the pipeline reads it."""
        return page_locked(self.footage.read(number), self.device)

    def throughput(self, work: Callable[[], object], frames: int = 0) -> float:
        """Frames a second of `work`, which goes through the whole shot or so many frames."""
        begun = time.perf_counter()
        work()
        return (frames or len(self.plan.numbers)) / (time.perf_counter() - begun)


def loaded(settings: Settings, device: torch.device) -> Keyer:
    """The keyer that settings ask for."""
    return load_keyer(settings, device, print)


@contextmanager
def frames_as_they_are() -> Iterator[None]:
    """Within the block, no device compresses what it keys."""
    with patch("corridorkey_core.deflate.packer.packed_passes", return_value=frozenset()):
        yield


def read_alone(bench: Bench) -> None:
    """Every frame, by the pipeline's own readers."""
    nothing = KeyedFrame(0, Header(Window(0, 0, 1, 1), Window(0, 0, 1, 1)), "linear", {})
    process(
        bench.plan.numbers,
        read=bench.read,
        key=lambda frame: dataclasses.replace(nothing, number=frame.number),
        write=lambda _keyed: (),
        limits=bench.limits,
    )


def key_alone(bench: Bench, frame: Frame) -> None:
    """One frame that is in memory, again and again, to host memory."""
    keyed = [bench.key(frame) for _number in bench.plan.numbers[:2]]
    for _number in bench.plan.numbers[2:]:
        # As in the pipeline, the next frame is begun before the last has arrived.
        keyed.append(bench.key(frame))
        keyed.pop(0).wait()
    for last in keyed:
        last.wait()


def write_alone(bench: Bench, keyed: KeyedFrame) -> None:
    """One keyed frame under every number, by the pipeline's own writers."""
    process(
        bench.plan.numbers,
        read=lambda number: dataclasses.replace(keyed, number=number),
        key=lambda frame: frame,
        write=lambda frame: write_keyed(frame, bench.plan.outputs),
        limits=bench.limits,
    )


def serial(bench: Bench, numbers: Sequence[int]) -> None:
    """Read, key and write one frame after the other, as a plain script would.

    All compressing is OpenImageIO's, with its own defaults and all cores for each file.
    """
    set_codec_threads(0)
    for number in numbers:
        keyed = bench.key(bench.footage.read(number))
        keyed.wait()
        for name, path in bench.plan.outputs.paths(number).items():
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


def pipeline(bench: Bench) -> Report:
    """The pipeline as the command runs it, without records."""
    return process(
        bench.plan.numbers,
        read=bench.read,
        key=bench.key,
        write=lambda frame: write_keyed(frame, bench.plan.outputs),
        limits=bench.limits,
    )


def measure(folder: Path, settings: Settings) -> None:
    """Print the table for a shot."""
    job = Job(str(folder / "fg.####.exr"), str(folder / "out"), str(folder / "matte.####.exr"))
    plan = plan_job(dataclasses.replace(job, settings=settings))
    device = choose_device(settings.device)
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look = settle_look(footage, settings)
        load = partial(loaded, settings)
        with FrameKeyer(load, device, look, ignore_events) as key:
            limits = limits_for(settings, footage.frame_bytes)
            bench = Bench(plan, footage, key, limits, device)
            frame = bench.read(plan.numbers[0])
            keyed = key(frame)
            key(frame).wait()
            alone = {
                "read alone": bench.throughput(lambda: read_alone(bench)),
                "key alone": bench.throughput(lambda: key_alone(bench, frame)),
                "write alone": bench.throughput(lambda: write_alone(bench, keyed)),
            }
            reports: list[Report] = []
            together = bench.throughput(lambda: reports.append(pipeline(bench)))
        some = plan.numbers[:MOST_SERIAL]
        with frames_as_they_are(), FrameKeyer(load, device, look, ignore_events) as key:
            bench = dataclasses.replace(bench, key=key)
            key(frame).wait()
            plainly = bench.throughput(lambda: serial(bench, some), len(some))
    _print_table(alone, together, plainly, reports[0])


def _print_table(alone: dict[str, float], together: float, plainly: float, report: Report) -> None:
    rows = {**alone, "serial loop": plainly, "pipeline": together}
    print("| stage | frames/s | s/frame |\n| --- | --- | --- |")
    for name, rate in rows.items():
        print(f"| {name} | {rate:.3f} | {1 / rate:.3f} |")
    slowest = min(alone, key=lambda name: alone[name])
    print(f"\npipeline / {slowest}: {together / alone[slowest]:.3f}")
    print(f"pipeline / serial loop: {together / plainly:.2f}")
    print(f"bottleneck named by the run: {report.bottleneck}; {report.stage_seconds}")
    if report.failed:
        raise SystemExit(f"failed: {report.failed}")


def memory() -> None:
    """Peak memory of the pipeline over 20 and over 200 frames, each in a process of its own."""
    peaks = {}
    for count in (20, 200):
        command = [sys.executable, __file__, "--size", "960x540", "--frames", str(count), "--peak"]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[count] = float(said.stdout.split()[-1])
        print(f"{count} frames: peak {peaks[count]:.0f} MiB")
    print(f"ratio: {peaks[200] / peaks[20]:.3f}")


def peak(folder: Path, settings: Settings) -> None:
    """Run the pipeline alone and print this process's peak memory in MiB."""
    job = Job(str(folder / "fg.####.exr"), str(folder / "out"), str(folder / "matte.####.exr"))
    plan = plan_job(dataclasses.replace(job, settings=settings))
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look, device = settle_look(footage, settings), choose_device(settings.device)
        with FrameKeyer(partial(loaded, settings), device, look, ignore_events) as key:
            limits = limits_for(settings, footage.frame_bytes)
            pipeline(Bench(plan, footage, key, limits, device))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", default="4096x2160")
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--folder", type=Path, help="where plates and results go")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("settings", nargs="*", metavar="NAME=VALUE")
    options = parser.parse_args()
    if options.memory:
        memory()
        return
    pairs = (pair.partition("=") for pair in options.settings)
    settings = Settings.from_mapping({name: yaml.safe_load(text) for name, _, text in pairs})
    width, height = (int(edge) for edge in options.size.split("x"))
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        folder = Path(place)
        make_plates(folder, width, height, options.frames)
        set_codec_threads(1)
        if options.peak:
            peak(folder, settings)
            return
        print(f"{machine_facts()}; torch threads {torch.get_num_threads()}")
        print(f"{options.size}, {options.frames} frames, {options.settings or 'default settings'}")
        measure(folder, settings)


if __name__ == "__main__":
    main()
