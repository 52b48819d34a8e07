"""What every frame goes through besides its keyer, done once on a small picture beforehand.

Kernels are loaded as they are first used, and some are tried before they are trusted: half a second
that the first frame need not wait, while weights are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import torch

from corridorkey_core.device import using
from corridorkey_core.frames import Header, Hint, Plate, Window
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.look import Look
from corridorkey_core.postprocess import passes, postprocess
from corridorkey_core.preprocess import fitted_hint, linear_plate
from corridorkey_core.screen import Screen

EDGE = 64


@contextmanager
def rehearsing(device: torch.device, look: Look) -> Iterator[None]:
    """While the block runs, rehearse on a CUDA device; the block ends when both are done.

    What fails does so again with the first frame, and is told there.
    """
    if device.type != "cuda":
        yield
        return
    with ThreadPoolExecutor(1, "corridorkey-rehearsal") as pool:
        pool.submit(rehearse, device, look)
        yield


def rehearse(device: torch.device, look: Look) -> None:
    """Finish a picture of nothing but a speck by a look, as frames are finished on the device."""
    window = Window(0, 0, EDGE, EDGE)
    pixels = np.zeros((EDGE, EDGE, 3), np.float16)
    plate = Plate(0, "", pixels, Header(window, window), look.plate_space.name)
    guide = np.zeros((EDGE, EDGE), np.float16)
    guide[1, 1] = guide[8:, 8:] = 1.0
    with torch.inference_mode(), using(device):
        linear, _ = linear_plate(plate, look.plate_space, device)
        alpha = fitted_hint(Hint(0, "", guide, ""), (EDGE, EDGE), device)
        screen = look.screen or Screen("green", None)
        keyed = postprocess(Prediction(alpha, linear.clone()), linear, screen, look.settings)
        passes(keyed, look.output_space.from_linear, look.file_type, look.settings.passes)
