"""Weights and inputs by recipe: a checkpoint of the real size that anyone can make again.

The published checkpoint cannot be shipped. `checkpoint_keys.json` lists its tensors;
`greenformer_256.npz` holds what the reference network, which is not ours, made in float32 on a CPU
of the recipe's weights (salt "") and input (seed 1) at size 256.
"""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

HERE = Path(__file__).resolve().parent
REFERENCE = HERE / "greenformer_256.npz"
KEYS = HERE / "checkpoint_keys.json"
POSITIONS = "encoder.model.pos_embed"

Array = npt.NDArray[np.float64]


def tensors(size: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of every tensor of the published checkpoint, at a model size."""
    listed = json.loads(KEYS.read_text(encoding="utf-8"))["tensors"]
    facts = {name: (tuple(shape), kind) for name, (shape, kind) in listed.items()}
    facts[POSITIONS] = ((1, (size // 4) ** 2, 112), "float32")
    return facts


def recipe_state(size: int, salt: str = "") -> dict[str, Tensor]:
    """The recipe's state dict."""
    return {
        name: torch.zeros((), dtype=torch.int64)
        if kind == "int64"
        else torch.from_numpy(_values(name, shape, salt).astype(np.float32))
        for name, (shape, kind) in tensors(size).items()
    }


def _values(name: str, shape: tuple[int, ...], salt: str) -> Array:
    generator = np.random.Generator(np.random.PCG64(zlib.crc32((salt + name).encode())))
    unit = (generator.random(shape, dtype=np.float64) * 2 - 1) * math.sqrt(3)
    last = name.rsplit(".", 1)[-1]
    if last == "running_var":
        return 1 + 0.3 * np.abs(unit)
    scale = {"running_mean": 0.2, "pos_embed": 0.5, "bias": 0.1}.get(last)
    if scale is not None:
        return scale * unit
    if len(shape) == 1:
        return 1 + 0.2 * unit
    return _gain(name) * unit / math.sqrt(math.prod(shape[1:]))


def _gain(name: str) -> float:
    if name == "refiner.final.weight":
        return 0.12
    return 1.4 if "classifier" in name else 1.0


def recipe_input(size: int, seed: int = 1) -> Tensor:
    """The recipe's input [1, 4, size, size], normalised already; the last channel is the hint."""
    generator = np.random.Generator(np.random.PCG64(seed))
    y, x = np.meshgrid(np.arange(size) / size, np.arange(size) / size, indexing="ij")
    picture = np.zeros((4, size, size))
    for channel in picture:
        for _ in range(6):
            fx, fy = generator.uniform(-9, 9, 2)
            phase = generator.uniform(0, 6.283)
            weight = generator.uniform(0.3, 1)
            channel += weight * np.sin(6.283 * (fx * x + fy * y) + phase)
    return torch.from_numpy(picture[None].astype(np.float32))
