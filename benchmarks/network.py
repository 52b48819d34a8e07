"""Time, memory and fidelity of the CorridorKey network, with recipe weights on the sample shot.

    python benchmarks/network.py [--size 2048] [--runs 20] [--frame 1005] [--device cuda]

The sample frame is enlarged to 4096 × 2304. Every form of the network is compared with the network
as trained, in float32. `peak` is what torch allocated above nothing, weights included. The weights
are made as `tests/parity/recipe.py` says; the published ones cannot be shipped.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine_facts
from corridorkey_core.keyers.corridorkey.fast import fused_form
from corridorkey_core.keyers.corridorkey.greenformer import GreenFormer
from corridorkey_core.keyers.corridorkey.keyer import TILES, CorridorKeyer
from corridorkey_core.keyers.corridorkey.network import build_network, exact_convolutions
from corridorkey_core.keyers.corridorkey.picture import network_input
from corridorkey_core.keyers.corridorkey.tiled_refiner import TiledRefiner
from corridorkey_core.screen import Screen
from tests.parity.recipe import recipe_state

ROOT = Path(__file__).resolve().parent.parent
UHD = (2304, 4096)
MIB = 1 << 20
Run = Callable[[], Tensor]
State = dict[str, Tensor]


@dataclass(frozen=True)
class Measured:
    """One form of the network: milliseconds, peak MiB, and its picture [4, S, S] on the host."""

    name: str
    milliseconds: float
    peak: float
    picture: Tensor


class Bench:
    """The inputs of every form, on one device."""

    def __init__(self, size: int, frame: str, device: torch.device, runs: int) -> None:
        self.size, self.device, self.runs = size, device, runs
        self.state: State = recipe_state(size)
        # In host memory, so that each form's peak is its own.
        self.plate, self.hint = sample(frame)
        self.inputs = network_input(self.plate.to(device), self.hint.to(device), size).cpu()

    def trained(self) -> GreenFormer:
        """The network as trained, float32."""
        with torch.device("meta"):
            network = GreenFormer(self.size)
        network.load_state_dict(self.state, assign=True)
        return network.eval().to(self.device)

    def as_trained(self) -> Run:
        """What the checkpoint's own code computes, in float32."""
        network, inputs = self.trained(), self.inputs.to(self.device)

        def run() -> Tensor:
            with exact_convolutions():
                return torch.cat(network(inputs), 1)[0]

        return run

    def autocast(self) -> Run:
        """What the checkpoint's own code computes by default: float16 where autocast says so."""
        network, inputs = self.trained(), self.inputs.to(self.device)

        def run() -> Tensor:
            with torch.autocast(self.device.type, torch.float16):
                return torch.cat(network(inputs), 1)[0].float()

        return run

    def ours(self, arithmetic: torch.dtype, rows: int | None = None) -> Run:
        """The network as it keys, whole or tiled."""
        network = build_network(self.state, self.size, self.device, arithmetic)
        refine = network.refiner if rows is None else TiledRefiner(network.refiner, rows)
        inputs = self.inputs.to(self.device, arithmetic)
        return lambda: network(inputs, 1.0, refine).sigmoid()[0]

    def fused(self, arithmetic: torch.dtype) -> Run:
        """The network as it keys on CUDA devices, its memory-bound steps fused."""
        forward = fused_form(build_network(self.state, self.size, self.device, arithmetic))
        inputs = self.inputs.to(self.device, arithmetic)
        return lambda: forward(inputs, 1.0).sigmoid()[0]

    def keyer(self) -> Run:
        """A whole frame: 4K linear plate and hint to 4K alpha and foreground, in float16."""

        def build(arithmetic: torch.dtype) -> torch.nn.Module:
            return build_network(self.state, self.size, self.device, arithmetic)

        keyer = CorridorKeyer(build, torch.float16, self.size, 1.0, "recipe", print)  # type: ignore[arg-type]

        plate, hint = self.plate.to(self.device), self.hint.to(self.device)

        def run() -> Tensor:
            found = keyer.key(plate, hint, Screen("green", None))
            return torch.cat([found.alpha, found.foreground])

        return run

    def measure(self, name: str, make: Callable[[], Run]) -> Measured:
        """Median time and peak memory of a form; nothing else is on the device meanwhile."""
        self._clear()
        run = make()
        picture = run().cpu()
        run()
        times = sorted(self._timed(run) for _ in range(self.runs))
        return Measured(name, statistics.median(times), self._peak(), picture)

    def _clear(self) -> None:
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def _peak(self) -> float:
        return torch.cuda.max_memory_allocated() / MIB if self.device.type == "cuda" else 0.0

    def _timed(self, run: Run) -> float:
        self._wait()
        start = time.perf_counter()
        run()
        self._wait()
        return 1000 * (time.perf_counter() - start)

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def sample(frame: str) -> tuple[Tensor, Tensor]:
    """A plate [3, H, W] and a hint [1, H, W] of the sample shot at 4K; linear."""
    plate = read(ROOT / "examples" / "sample" / "plate" / f"sample.{frame}.exr", 3)
    hint = read(ROOT / "examples" / "sample" / "hint" / f"sample.{frame}.exr", 1)
    enlarged = F.interpolate(torch.cat([plate, hint])[None], UHD, mode="bilinear")[0]
    return enlarged[:3], enlarged[3:]


def read(path: Path, channels: int) -> Tensor:
    """The first channels of a picture file."""
    import OpenImageIO as oiio

    pixels = np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT), np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1)[:channels].contiguous()


def decibels(found: Tensor, truth: Tensor) -> float:
    """Peak signal to noise ratio of values in 0..1; infinite where they are the same."""
    error = float(F.mse_loss(found.double(), truth.double()))
    return float(-10 * np.log10(error)) if error else float("inf")


def row(measured: Measured, truth: Tensor) -> str:
    """A row of the table; fidelity only where the picture is the network's own."""
    cells = [measured.name, f"{measured.milliseconds:.1f}", f"{measured.peak:.0f}"]
    found = measured.picture
    if found.shape == truth.shape:
        worst = float((found[0] - truth[0]).abs().max())
        alpha, foreground = decibels(found[0], truth[0]), decibels(found[1:], truth[1:])
        cells += [f"{alpha:.1f}", f"{foreground:.1f}", f"{worst:.1e}"]
    else:
        cells += ["", "", ""]
    return "| " + " | ".join(cells) + " |"


def forms(bench: Bench) -> list[tuple[str, Callable[[], Run]]]:
    """Every form that is measured; the first is what the others are compared with."""
    single, half = torch.float32, torch.float16
    found: list[tuple[str, Callable[[], Run]]] = [
        ("as trained, fp32", bench.as_trained),
        ("fp32", lambda: bench.ours(single)),
        *((f"fp32, tiles of {rows}", _tiled(bench, single, rows)) for rows in TILES),
    ]
    if bench.device.type == "cpu":
        return found
    return [
        *found,
        ("as trained, fp16 autocast", bench.autocast),
        ("fp16", lambda: bench.ours(half)),
        ("fp16, fused", lambda: bench.fused(half)),
        *((f"fp16, tiles of {rows}", _tiled(bench, half, rows)) for rows in TILES),
        ("bf16", lambda: bench.ours(torch.bfloat16)),
        ("bf16, fused", lambda: bench.fused(torch.bfloat16)),
        ("fp16, 4K plate to 4K key", bench.keyer),
    ]


def _tiled(bench: Bench, arithmetic: torch.dtype, rows: int) -> Callable[[], Run]:
    return lambda: bench.ours(arithmetic, rows)


def main() -> None:
    """Measure every form and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=2048)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--frame", default="1005")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    bench = Bench(options.size, options.frame, torch.device(options.device), options.runs)
    print(f"{machine_facts()}; {options.size} px, median of {options.runs}")
    print("| form | ms | peak MiB | alpha dB | fg dB | worst alpha |\n|---|---|---|---|---|---|")
    truth: Tensor | None = None
    with torch.inference_mode():
        for name, make in forms(bench):
            measured = bench.measure(name, make)
            truth = measured.picture if truth is None else truth
            print(row(measured, truth), flush=True)


if __name__ == "__main__":
    main()
