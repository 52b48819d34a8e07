"""From settings and a checkpoint on disk to a CorridorKey keyer on a device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from corridorkey_core.keyers.corridorkey.checkpoint import read_checkpoint
from corridorkey_core.keyers.corridorkey.fast import compiling_ahead
from corridorkey_core.keyers.corridorkey.keyer import NAMES, CorridorKeyer
from corridorkey_core.keyers.corridorkey.network import build_network
from corridorkey_core.settings import Settings


def load_corridor_keyer(
    checkpoint: Path, settings: Settings, device: torch.device, say: Callable[[str], None]
) -> CorridorKeyer:
    """The keyer of a checkpoint file, ready on `device`; raises `WeightsError`."""
    size, arithmetic = settings.model_size, arithmetic_of(settings.precision, device)
    with compiling_ahead(device, arithmetic):
        weights = read_checkpoint(checkpoint)
        return CorridorKeyer(
            partial(build_network, weights.state(size), size, device),
            arithmetic,
            size,
            settings.refiner_strength,
            f"sha256 {weights.sha256}",
            say,
        )


def arithmetic_of(precision: str, device: torch.device) -> torch.dtype:
    """What the network computes in: as the setting says, but always float32 on a CPU.

    Auto is half on CUDA devices and float32 elsewhere. A CPU gains nothing from half precision.
    """
    named = {name: arithmetic for arithmetic, name in NAMES.items()}
    automatic = "fp16" if device.type == "cuda" else "fp32"
    if device.type == "cpu":
        return torch.float32
    return named[automatic if precision == "auto" else precision]
