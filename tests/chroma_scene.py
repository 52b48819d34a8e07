"""Small scenes with known answers for the chroma keyer's tests."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from benchmarks.composites import Composite, composite
from benchmarks.subjects import SUBJECTS
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.resample import maximum_filter, minimum_filter
from corridorkey_core.screen import Screen

GREEN = Screen("green")
SCREEN_COLOUR = (0.09, 0.42, 0.12)
SIZE = (288, 432)


@lru_cache(maxsize=8)
def scene(subject: str, difficulty: str = "easy", kind: str = "green") -> Composite:
    """One of the benchmark's composites, small."""
    layer = SUBJECTS[subject](SIZE, np.random.default_rng(7))
    return composite(subject, layer, difficulty, kind, np.random.default_rng(8))


def key(plate: Tensor, hint: Tensor, screen: Screen = GREEN) -> Prediction:
    """Key on the CPU, outside of autograd."""
    with torch.inference_mode():
        return ChromaKeyer(torch.device("cpu")).key(plate, hint, screen)


def band(alpha: Tensor) -> Tensor:
    """Where a true matte is neither 0 nor 1, and 3 pixels around."""
    return maximum_filter(((alpha > 0.02) & (alpha < 0.98)).float(), 3) > 0.0


def far_screen(alpha: Tensor) -> Tensor:
    """Bare screen, at least 12 pixels from any subject."""
    return maximum_filter(alpha, 12) <= 0.0


def core(alpha: Tensor) -> Tensor:
    """Solid subject, at least 12 pixels from its edge."""
    return minimum_filter(alpha, 12) >= 0.9999


def flat_screen(height: int = 120, width: int = 160) -> Tensor:
    """An evenly lit green screen [3, H, W]."""
    return torch.tensor(SCREEN_COLOUR).view(3, 1, 1).expand(3, height, width).contiguous()


def disk_before(screen: Tensor, colour: tuple[float, float, float], radius: float) -> Tensor:
    """A plate with a soft-edged disk of one colour in the middle, and its alpha [4, H, W]."""
    height, width = screen.shape[-2:]
    rows = torch.arange(height)[:, None] - height / 2
    columns = torch.arange(width)[None] - width / 2
    alpha = (radius + 0.5 - (rows**2 + columns**2).sqrt()).clamp(0, 1)[None]
    plate = torch.tensor(colour).view(3, 1, 1) * alpha + screen * (1 - alpha)
    return torch.cat([plate, alpha])


MARKER = torch.tensor((0.55, 0.2, 0.05)).view(3, 1, 1)
MARKED_SIZE = (120, 160)


def cross(arm: int, thickness: int) -> Tensor:
    """A cross [1, 120, 160] of two bars, its middle at row 30, column 40."""
    drawn = torch.zeros(1, *MARKED_SIZE)
    half = thickness // 2
    drawn[:, 30 - arm : 31 + arm, 40 - half : 41 + half] = 1.0
    drawn[:, 30 - half : 31 + half, 40 - arm : 41 + arm] = 1.0
    return drawn


def marked_disk(scale: int) -> tuple[Tensor, Tensor, Tensor]:
    """Plate, hint and the tracking marker 4 % of the width from a disk; `scale` times that size."""
    height, width = (scale * edge for edge in MARKED_SIZE)
    drawn = disk_before(flat_screen(height, width), (0.3, 0.2, 0.15), 25.0 * scale)
    mark = torch.nn.functional.interpolate(cross(2, 1)[None], scale_factor=scale)[0]
    mark = torch.roll(mark, (30 * scale, 10 * scale), (1, 2))
    plate = torch.lerp(drawn[:3], MARKER.expand(3, height, width), mark)
    return plate, (drawn[3:] > 0.5).float(), mark
