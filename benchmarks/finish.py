"""What a change of despill, matte tools or restore costs, beside keying the frame anew.

    python benchmarks/finish.py [--keyer chroma] [--device cuda] [--height 2160] [--runs 5]

One frame of the sample shot, resized to 16:9 of that height, is keyed, and then finished again
from the raw answer that was kept, with one setting changed. Times are medians of the device's
thread, from a read frame to passes in host memory, in one process; the quotient is what to compare.
The network's weights are made as `tests/parity/recipe.py` says; the published ones cannot be
shipped.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.machine import machine_facts
from benchmarks.network import sample
from corridorkey_core.colour import resolve
from corridorkey_core.device import choose_device
from corridorkey_core.frames import Frame, Header, Hint, Plate, Window
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.chroma import ChromaKeyer, survey
from corridorkey_core.keyers.corridorkey.keyer import CorridorKeyer
from corridorkey_core.keyers.corridorkey.load import arithmetic_of
from corridorkey_core.keyers.corridorkey.network import build_network
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.look import Look
from corridorkey_core.recent import Recent
from corridorkey_core.settings import Settings
from tests.parity.recipe import recipe_state

CHANGES: Mapping[str, Mapping[str, Any]] = {
    "despill": {"despill": "average"},
    "matte tools": {"clip_black": 0.02, "matte_gamma": 1.2, "shrink_grow": -1.0, "soften": 0.7},
    "despeckle off": {"despeckle_area": 0},
    "restore off": {"restore_source": False},
}
ROOM = 4 << 30


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keyer", choices=("corridorkey", "chroma"), default="corridorkey")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--height", type=int, default=2160)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    device = choose_device(options.device)
    frame, look = frame_and_look(options.height)
    keyer = load(options.keyer, device)
    recent = Recent(ROOM)
    size = f"{frame.plate.pixels.shape[1]} x {options.height}"
    print(f"{machine_facts()}\n{options.keyer} on {device}, {size}, half in and out, all passes\n")
    print("| | ms | of a key |\n|---|---|---|")
    whole = measured(FrameKeyer(lambda _device: keyer, device, look, print), frame, options.runs)
    print(f"| key | {whole:.1f} | 1 |")
    FrameKeyer(lambda _device: keyer, device, look, print, recent)(frame)
    for name, changes in CHANGES.items():
        changed = replace(look, settings=look.settings.changed(**changes))
        again = FrameKeyer(lambda _device: Refuses(keyer), device, changed, print, recent)
        milliseconds = measured(again, frame, options.runs)
        print(f"| {name} | {milliseconds:.1f} | {milliseconds / whole:.3f} |")


def measured(key: FrameKeyer, frame: Frame, runs: int) -> float:
    """Median milliseconds of keying the frame, the first time left out."""
    key(frame)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        key(frame)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


class Refuses:
    """A keyer that is known, and must not be asked."""

    def __init__(self, keyer: Keyer) -> None:
        self.name, self.identity = keyer.name, keyer.identity

    def key(self, *_inputs: object) -> Any:
        """Say that the raw answer was not at hand."""
        raise AssertionError("the keyer was asked")

    def economise(self) -> str | None:
        """Nothing can be saved."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def load(name: str, device: torch.device) -> Keyer:
    """The keyer, ready."""
    if name == "chroma":
        return ChromaKeyer(device)
    size = 2048
    state = recipe_state(size)

    def build(arithmetic: torch.dtype) -> torch.nn.Module:
        return build_network(state, size, device, arithmetic)

    return CorridorKeyer(build, arithmetic_of("auto", device), size, 1.0, "recipe", print)  # type: ignore[arg-type]


def frame_and_look(height: int) -> tuple[Frame, Look]:
    """A frame of the sample shot as it would have been read, and the look of a default run."""
    plate, hint = sample("1005")
    size = (height, height * 16 // 9)
    plate, hint = (F.interpolate(one[None], size, mode="area")[0] for one in (plate, hint))
    window = Window(0, 0, size[1], size[0])
    pixels = np.ascontiguousarray(plate.permute(1, 2, 0).numpy().astype(np.float16))
    read = Plate(1005, "sample", pixels, Header(window, window), "linear")
    guide = Hint(1005, "sample", hint[0].numpy().astype(np.float16), "Y")
    space = resolve("linear")
    look = Look(Settings(), survey([plate], "auto"), space, space, "float16")
    return Frame(read, guide, inputs="sample 1005"), look


if __name__ == "__main__":
    main()
