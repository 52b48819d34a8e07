"""The speed goals of a CUDA device, measured: network, whole frame, files, first frame.

    python benchmarks/gpu.py [--frames 60] [--runs 20] [--skip network|frame|pipeline|first ...]

All with recipe weights at model size 2048, which cost what trained ones cost: a fresh process until
its first frame is on disk, without triton's cache and with it; the network in half precision beside
the network as trained in float32; a 4096 × 2160 frame from host memory to host memory; and files to
files, as `benchmarks/pipeline.py` has it, with the chroma keyer and with the network. Each goal has
a line with its verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import network
from benchmarks.goals import at_least, at_most, of_files
from benchmarks.green_sequence import make_plates
from benchmarks.machine import machine_facts
from benchmarks.pipeline import files_to_files, frames_as_they_are, loaded, measure_serial
from corridorkey_core.before_torch import keep_freed_planes
from corridorkey_core.footage import open_footage
from corridorkey_core.frames import Frame
from corridorkey_core.job import Job
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.look import settle_look
from corridorkey_core.page_locked import page_locked
from corridorkey_core.plan import plan_job
from corridorkey_core.progress import ignore_events
from corridorkey_core.settings import Settings
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state

ROOT = Path(__file__).resolve().parent.parent
SIZE, WIDTH, HEIGHT = 2048, 4096, 2160
CUDA = torch.device("cuda", 0)
SECTIONS = ("network", "frame", "pipeline", "first")


def say(*lines: str) -> None:
    """Print lines at once."""
    print(*lines, sep="\n", flush=True)


def network_goal(runs: int) -> None:
    """The forward pass: time, memory, fidelity, quickest form and smallest."""
    bench = network.Bench(SIZE, "1010", CUDA, runs)
    print("| form | ms | peak MiB | alpha dB | fg dB | worst alpha |\n|---|---|---|---|---|---|")
    half = torch.float16
    truth = None
    for name, make in (
        ("as trained, fp32", bench.as_trained),
        ("fp16, plain", lambda: bench.ours(half)),
        ("fp16, fused", lambda: bench.fused(half)),
        ("bf16, fused", lambda: bench.fused(torch.bfloat16)),
        ("fp16, tiles of 512", lambda: bench.ours(half, 512)),
        ("fp16, fused, 4K plate to 4K key", bench.keyer),
    ):
        measured = bench.measure(name, make)
        truth = measured.picture if truth is None else truth
        print(network.row(measured, truth), flush=True)
        if name == "fp16, fused":
            fidelity = network.decibels(measured.picture[0], truth[0])
            say(
                at_most(1, "network forward", measured.milliseconds, 35.0, "ms"),
                at_most(1, "its peak memory", measured.peak, 3072.0, "MiB"),
                at_most(1, "within the second mode's memory", measured.peak, 2048.0, "MiB"),
                at_least(1, "fidelity, its alpha beside float32's", fidelity, 75.0, "dB"),
            )


def frame_goal(settings: Settings, folder: Path, runs: int) -> None:
    """A whole frame, host memory to host memory, one after another."""
    plate, out, hint = (str(folder / name) for name in ("fg.####.exr", "out", "matte.####.exr"))
    plan = plan_job(Job(plate, out, hint, settings=settings))
    with open_footage(plan.plate, plan.hint, settings) as footage:
        look = settle_look(footage, settings)
        frame = page_locked(footage.read(plan.numbers[0]), CUDA)
        load = partial(loaded, settings)
        with frames_as_they_are(), FrameKeyer(load, CUDA, look, ignore_events) as key:
            alone, steady = in_a_row(key, frame, runs)
        with FrameKeyer(load, CUDA, look, ignore_events) as key:
            compressed = in_a_row(key, frame, runs)
    print(f"one 4096 x 2160 frame on its own: {alone:.1f} ms")
    say(at_most(2, "a whole frame in steady state", steady, 50.0, "ms"))
    print(f"the same, compressed on the device: {compressed[0]:.1f} alone, {compressed[1]:.1f} ms")


def in_a_row(key: FrameKeyer, frame: Frame, runs: int) -> tuple[float, float]:
    """Milliseconds of a frame on its own, and of one among many."""
    # Page-locked memory is slow to come by, once for each frame that is under way.
    for keyed in [key(frame) for _ in range(4)]:
        keyed.wait()
    alone = []
    for _ in range(runs):
        begun = time.perf_counter()
        key(frame).wait()
        alone.append(1000 * (time.perf_counter() - begun))
    begun, behind = time.perf_counter(), []
    for _ in range(runs):
        behind.append(key(frame))
        if len(behind) > 2:
            behind.pop(0).wait()
    for keyed in behind:
        keyed.wait()
    return statistics.median(alone), 1000 * (time.perf_counter() - begun) / runs


def pipeline_goal(folder: Path, keyers: Sequence[Settings]) -> None:
    """A folder's sequence files to files, beside each stage alone and the serial loop.

    Each keyer has a process of its own, which nothing was measured in before, as the command has.
    """
    for settings in keyers:
        say(f"\nfiles to files, {settings.keyer}:")
        with ProcessPoolExecutor(1, get_context("spawn"), keep_freed_planes) as fresh:
            rates = fresh.submit(files_to_files, folder, settings).result()
            serial = fresh.submit(measure_serial, folder, settings).result()
        say(*of_files(settings.keyer, replace(rates, serial=serial)))


def first_frame_goal(checkpoint: Path, folder: Path) -> None:
    """A process that keys one frame, from its start until that is on disk."""
    with tempfile.TemporaryDirectory() as cache:
        for words, limit in (("cold", 20.0), ("with triton's cache", 5.0)):
            command = [sys.executable, "-m", "corridorkey_core", "key", str(folder / "fg.####.exr")]
            command += ["--hint", str(folder / "matte.####.exr"), "--output", str(folder / words)]
            command += ["--frames", "1", "--keyer", "corridorkey", "--checkpoint", str(checkpoint)]
            # Sources that the first run compiled are there for the second, as once installed.
            environment = {**os.environ, "TRITON_CACHE_DIR": cache, "PYTHONPYCACHEPREFIX": cache}
            finished, ended = first_frame([*command, "--json"], environment)
            say(at_most(4, f"first frame, {words}", finished, limit, "s"))
            print(f"the process ended after {ended:.1f} s")


def first_frame(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds until a run says that a frame is finished, and until it has ended."""
    begun, finished = time.perf_counter(), 0.0
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        for line in run.stdout or ():
            if json.loads(line).get("event") == "frame_finished":
                finished = time.perf_counter() - begun
    if run.returncode or not finished:
        raise SystemExit(f"the run ended with status {run.returncode}")
    return finished, time.perf_counter() - begun


def main() -> None:
    """Measure what was not skipped."""
    keep_freed_planes()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--skip", nargs="*", choices=SECTIONS, default=())
    options = parser.parse_args()
    print(machine_facts(), flush=True)
    with tempfile.TemporaryDirectory() as place, torch.inference_mode():
        folder = Path(place)
        make_plates(folder, WIDTH, HEIGHT, 2)
        state = {
            name: tensor.half() if tensor.is_floating_point() else tensor
            for name, tensor in recipe_state(SIZE).items()
        }
        checkpoint = write_checkpoint(folder / "recipe.safetensors", state)
        settings = Settings(keyer="corridorkey", checkpoint=str(checkpoint))
        if "first" not in options.skip:
            first_frame_goal(checkpoint, folder)
        if "network" not in options.skip:
            network_goal(options.runs)
        if "frame" not in options.skip:
            frame_goal(settings, folder, options.runs)
        if "pipeline" not in options.skip:
            make_plates(folder / "sequence", WIDTH, HEIGHT, options.frames)
            pipeline_goal(folder / "sequence", (Settings(keyer="chroma"), settings))


if __name__ == "__main__":
    main()
