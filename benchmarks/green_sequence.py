"""A noisy green-screen sequence in half EXR, with hints, to key from files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from corridorkey_core.frames import Header, KeyedFrame, Window
from corridorkey_core.limits import usable_processors
from corridorkey_core.outputs import OutputPlan, plan_outputs
from corridorkey_core.settings import Settings
from corridorkey_core.write import write_keyed

PLATES = 8  # that differ
SCREEN = np.array([0.09, 0.42, 0.12], np.float32)
SKIN = np.array([0.55, 0.32, 0.22], np.float32)


def make_plates(folder: Path, width: int, height: int, count: int) -> None:
    """Write plates and hints: a soft-edged subject that moves, grain that changes.

    After the first few come links to them.
    """
    settings = Settings(passes=("fg", "matte"), compression="zips", template="{pass}.{frame}.{ext}")
    outputs = plan_outputs(str(folder), "plate", settings, 4)
    with ThreadPoolExecutor(min(8, usable_processors())) as pool:
        for number in range(1, min(count, PLATES) + 1):
            pool.submit(make_plate, outputs, width, height, number)
    for number in range(PLATES + 1, count + 1):
        for name, path in outputs.paths(number).items():
            path.symlink_to(outputs.paths((number - 1) % PLATES + 1)[name])


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
