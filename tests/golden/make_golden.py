"""Makes the pictures that postprocessing is compared with: python tests/golden/make_golden.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from corridorkey_core.colour import resolve
from corridorkey_core.composite import over
from corridorkey_core.frames import Pixels
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.postprocess import passes, postprocess
from corridorkey_core.preprocess import as_green
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

STORED = Path(__file__).with_name("postprocess.npz")
HEIGHT, WIDTH = 72, 96
CASES = {
    "default": ("green", Settings()),
    "blue": ("blue", Settings(despill="average")),
    "own": ("green", Settings(restore_source=False, despill="off", despeckle_area=0)),
    "tools": (
        "green",
        Settings(
            clip_black=0.05,
            clip_white=0.95,
            matte_gamma=1.3,
            shrink_grow=-0.6,
            soften=0.8,
            despill="double_average",
            despill_strength=0.7,
        ),
    ),
}


def scene(kind: str) -> tuple[Tensor, Tensor, Tensor, Screen]:
    """A frayed disk with a light in it, two specks and a strand: alpha, foreground, plate."""
    rows = torch.arange(HEIGHT, dtype=torch.float32)[:, None] - HEIGHT / 2
    columns = torch.arange(WIDTH, dtype=torch.float32)[None] - WIDTH / 2
    radius = (rows**2 + columns**2).sqrt()
    frayed = 24.0 + 3.0 * torch.sin(12.0 * torch.atan2(rows, columns))
    alpha = ((frayed - radius) / 4.0 + 0.5).clamp(0, 1)
    alpha[6:9, 8:11] = 0.8
    alpha[60:62, 80:82] = 0.3
    alpha[4:20:2, 70] = 0.25
    light = 5.0 * torch.exp(-(((rows + 6) / 6) ** 2) - ((columns - 4) / 6) ** 2)
    detail = 0.1 * torch.sin(rows * 1.7) * torch.sin(columns * 2.3)
    foreground = torch.stack([0.5 + detail + light, 0.4 + detail + light, 0.3 - detail + light])
    colour = torch.tensor((0.08, 0.35, 0.1))
    plate = over(foreground, alpha[None], colour.view(3, 1, 1))
    red, green, blue = colour.tolist()
    screen = Screen(kind, (red, blue, green) if kind == "blue" else (red, green, blue))
    return alpha[None], as_green(foreground, kind), as_green(plate, kind), screen


def case_results(name: str) -> dict[str, Pixels]:
    """Matte and fg of one case, linear float32, for a keyer that answers up to 1."""
    kind, settings = CASES[name]
    alpha, foreground, plate, screen = scene(kind)
    blurred = torch.nn.functional.avg_pool2d(foreground.clamp(0, 1), 3, 1, 1, False, False)
    keyed = postprocess(Prediction(alpha, blurred), plate, screen, settings)
    return passes(keyed, resolve("linear").from_linear, "float32", ("matte", "fg"))


def main() -> None:
    """Write every case into one file of halves."""
    kept: dict[str, Any] = {
        f"{name}_{part}": np.asarray(pixels, np.float16)
        for name in CASES
        for part, pixels in case_results(name).items()
    }
    np.savez_compressed(STORED, **kept)


if __name__ == "__main__":
    main()
