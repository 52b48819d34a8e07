"""The builtin keyer: its time and memory, and whether devices, forms and tiles agree.

    python benchmarks/builtin.py [--device cuda] [--runs 20] [--threads 2] [--sizes 1920x1080,...]
        [--scenes "white fur,smoke"] [--seeds 6]

Times are of the sample frame, enlarged: of the network alone, of completing chroma that was halved
both ways, and of a whole key, chroma's beside it; medians, `processor` summed over all threads.
Differences are of mattes from a whole frame on the CPU in single precision, on hair, fur, veil,
smoke and blur with noise and compression, drawn by so many seeds each.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.composites import composite  # noqa: E402
from benchmarks.halved_chroma import BOTH, halved  # noqa: E402
from benchmarks.machine import machine_facts  # noqa: E402
from benchmarks.network import read  # noqa: E402
from benchmarks.planes import planes  # noqa: E402
from benchmarks.subjects import SUBJECTS  # noqa: E402
from corridorkey_core.area import Area  # noqa: E402
from corridorkey_core.before_torch import keep_freed_planes  # noqa: E402
from corridorkey_core.full_chroma import with_full_chroma  # noqa: E402
from corridorkey_core.keyers.builtin.ask import Ask  # noqa: E402
from corridorkey_core.keyers.builtin.correction import corrected_alpha  # noqa: E402
from corridorkey_core.keyers.builtin.features import CHANNELS, GATE, ceiling, say  # noqa: E402
from corridorkey_core.keyers.builtin.fused.quick import fused_form  # noqa: E402
from corridorkey_core.keyers.builtin.keyer import BuiltinKeyer  # noqa: E402
from corridorkey_core.keyers.builtin.load import plain_form  # noqa: E402
from corridorkey_core.keyers.builtin.looks import kept_in_mind, looked  # noqa: E402
from corridorkey_core.keyers.builtin.shown import ShownPlanes, shown_frame  # noqa: E402
from corridorkey_core.keyers.builtin.tiles import tile_pixels  # noqa: E402
from corridorkey_core.keyers.builtin.weights import trained_networks  # noqa: E402
from corridorkey_core.keyers.chroma import ChromaKeyer  # noqa: E402
from corridorkey_core.keyers.keyer import Keyer  # noqa: E402
from corridorkey_core.screen import Screen  # noqa: E402

SCENES = ("brown hair", "white fur", "lace and veil", "smoke", "motion blur")
SCENE_SIZE = (640, 1200)  # so large that it is looked at twice
SEED = 27
WHOLE, TILES = 1_000_000, 60_000  # pixels of them at a time
PLAIN, FUSED = "fp32", "fused"
MIB = 1 << 20
GREEN = Screen("green")
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Time:
    """Medians, in milliseconds, and what torch allocated at most, in MiB (0 on a CPU)."""

    wall: float
    processor: float
    peak: float


@dataclass(frozen=True)
class Difference:
    """Between two mattes: the largest, and the share of pixels above a thousandth."""

    most: float
    above: float

    @classmethod
    def of(cls, found: Tensor, expected: Tensor) -> Difference:
        """Of mattes on any device."""
        off = (found.cpu() - expected.cpu()).abs()
        return cls(float(off.max()), float((off > 1e-3).float().mean()))


def timed(run: Callable[[], object], device: torch.device, runs: int) -> Time:
    """Run it twice to warm up, then so many times."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    for _ in range(2):
        run()
    passes = [_once(run, device) for _ in range(runs)]
    peak = torch.cuda.max_memory_allocated() / MIB if device.type == "cuda" else 0.0
    wall, processor = (1000.0 * statistics.median(each) for each in zip(*passes, strict=True))
    return Time(wall, processor, peak)


def _once(run: Callable[[], object], device: torch.device) -> tuple[float, float]:
    _wait(device)
    wall, processor = time.perf_counter(), time.process_time()
    run()
    _wait(device)
    return time.perf_counter() - wall, time.process_time() - processor


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def forms(device: torch.device) -> list[str]:
    """The forms that the network has on a device."""
    return [PLAIN] if device.type == "cpu" else [FUSED, PLAIN]


def asking(device: torch.device, form: str) -> Ask:
    """The networks with the shipped weights; an error says where they cannot have a form."""
    networks = trained_networks(device)
    return fused_form(networks) if form == FUSED else plain_form(networks)


def sample(height: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """A plate [3, H, W] and a hint [1, H, W] of the sample shot, enlarged."""
    shot = ROOT / "examples" / "sample"
    both = [read(shot / what / "sample.1005.exr", n) for what, n in (("plate", 3), ("hint", 1))]
    large = F.interpolate(torch.cat(both)[None], (height, width), mode="bilinear")[0].to(device)
    return large[:3], large[3:]


def network_times(device: torch.device, runs: int) -> Iterator[tuple[str, Time]]:
    """The network on 1920 × 1080, looked at twice, in every form."""
    planes = torch.rand(1, CHANNELS, 1088, 1920, generator=torch.Generator().manual_seed(1))
    near = planes.to(device)
    far, pixels = F.avg_pool2d(near, 2), tile_pixels(device)
    for form in forms(device):
        run = partial(_both_looks, asking(device, form), far, near, pixels)
        yield f"network, 1920x1080, {form}", timed(run, device, runs)


def _both_looks(ask: Ask, far: Tensor, near: Tensor, pixels: int) -> Tensor:
    said = kept_in_mind(ask(ShownPlanes(far), pixels, None), far[:, GATE])
    return ask(ShownPlanes(near), pixels, said)


def completion_times(device: torch.device, runs: int, size: str) -> Iterator[tuple[str, Time]]:
    """What precedes a key of a frame of a `size` such as 1920x1080, its chroma halved or whole."""
    width, height = map(int, size.split("x"))
    plate, _hint = sample(height, width, device)
    for name, shared in (("halved", BOTH), ("whole", (1, 1))):
        run = partial(with_full_chroma, halved(plate, shared))
        yield f"chroma completed, {width}x{height}, {name}", timed(run, device, runs)


def key_times(device: torch.device, runs: int, size: str) -> Iterator[tuple[str, Time]]:
    """A whole key of frames of such a `size`, by chroma and by builtin."""
    width, height = map(int, size.split("x"))
    plate, hint = sample(height, width, device)
    keyers: dict[str, Keyer] = {"chroma": ChromaKeyer(device)}
    for form in forms(device):
        keyers[f"builtin, {form}"] = BuiltinKeyer(asking(device, form), form)
    for name, keyer in keyers.items():
        run = partial(keyer.key, plate, hint, GREEN)
        yield f"key, {width}x{height}, {name}", timed(run, device, runs)


def followed(ask: Ask, plate: Tensor, hint: Tensor, pixels: int) -> Tensor:
    """The key's matte [1, H, W] of a frame, faint islands and all.

    The network is asked in tiles of `pixels`.
    """
    shown = shown_frame(plate, plate, hint, None)
    height, width = plate.shape[-2:]
    _area, answer = looked(ask, shown, Area.whole(*shown.size), pixels)
    said, found = answer[0, :1, :height, :width], shown.found
    return corrected_alpha(found.alpha, say(found, shown.gate), ceiling(plate, found), said)


def scene(subject: str, seed: int) -> tuple[Tensor, Tensor]:
    """Plate and hint of a hard composite."""
    layer = SUBJECTS[subject](SCENE_SIZE, np.random.default_rng(seed))
    shot = composite(subject, layer, "hard", "green", np.random.default_rng(seed + 1))
    return planes(shot.plate), planes(shot.hint)


def differences(
    device: torch.device, subject: str, seed: int = SEED
) -> Iterator[tuple[str, Difference]]:
    """Every way to compute a scene's matte, beside single precision on the CPU."""
    plate, hint = scene(subject, seed)
    expected = followed(asking(CPU, PLAIN), plate, hint, WHOLE)
    for place in dict.fromkeys((CPU, device)):
        for form in forms(place):
            ask = asking(place, form)
            for how, pixels in (("whole", WHOLE), ("tiles", TILES)):
                found = followed(ask, plate.to(place), hint.to(place), pixels)
                yield f"{place.type}, {form}, {how}", Difference.of(found, expected)


def print_times(device: torch.device, runs: int, sizes: list[str]) -> None:
    """The table of times."""
    print("| what | ms | processor ms | peak MiB |\n|---|---|---|---|")
    for name, found in network_times(device, runs):
        print(f"| {name} | {found.wall:.1f} | {found.processor:.1f} | {found.peak:.0f} |")
    few = max(3, runs // 4)
    for size in sizes:
        each = chain(completion_times(device, few, size), key_times(device, few, size))
        for name, found in each:
            print(f"| {name} | {found.wall:.1f} | {found.processor:.1f} | {found.peak:.0f} |")


def print_differences(device: torch.device, scenes: list[str], seeds: int) -> None:
    """The table of differences: for each way, over some scenes by so many seeds each."""
    drawn = [(subject, seed) for subject in scenes for seed in range(SEED, SEED + seeds)]
    ways: dict[str, list[Difference]] = {}
    for subject, seed in drawn:
        print(f"{subject}, seed {seed}", file=sys.stderr, flush=True)
        for name, found in differences(device, subject, seed):
            ways.setdefault(name, []).append(found)
    print("\n| matte | off at most | in | pixels off by more than 0.001, in a million |")
    print("|---|---|---|---|")
    for name, each in ways.items():
        most, (subject, _seed) = max(zip((one.most for one in each), drawn, strict=True))
        above = 1e6 * max(one.above for one in each)
        print(f"| {name} | {most:.5f} | {subject} | {above:.0f} |")


def main() -> None:
    """Run it."""
    keep_freed_planes()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--sizes", default="1920x1080,3840x2160")
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--seeds", type=int, default=1, help="how many of each scene")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    print(f"{machine_facts()}; {torch.get_num_threads()} threads; median of {options.runs}\n")
    with torch.inference_mode():
        print_times(device, options.runs, [size for size in options.sizes.split(",") if size])
        scenes = [scene for scene in options.scenes.split(",") if scene]
        print_differences(device, scenes, options.seeds)


if __name__ == "__main__":
    main()
