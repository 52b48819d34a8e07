"""The CorridorKey network on a CUDA device: parity, precision and tiling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.corridorkey.network import Network, build_network
from corridorkey_core.keyers.corridorkey.tiled_refiner import TiledRefiner
from tests.parity.recipe import REFERENCE, recipe_input, recipe_state

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
LEAST_DECIBELS = 75.0  # of alpha in half precision


def network(arithmetic: torch.dtype) -> Network:
    return build_network(recipe_state(256), 256, torch.device("cuda"), arithmetic)


def picture(arithmetic: torch.dtype, rows: int | None = None) -> Tensor:
    """Alpha and foreground [4, 256, 256] of the recipe's input."""
    it = network(arithmetic)
    refine = it.refiner if rows is None else TiledRefiner(it.refiner, rows)
    with torch.inference_mode():
        inputs = recipe_input(256).to("cuda", arithmetic)
        logits: Tensor = it(inputs, 1.0, refine)
    return logits.sigmoid()[0].cpu()


def reference() -> Tensor:
    arrays = np.load(REFERENCE)
    return torch.from_numpy(np.concatenate([arrays["alpha"][None], arrays["fg"]]))


def decibels(found: Tensor, truth: Tensor) -> float:
    return float(-10 * torch.log10(F.mse_loss(found, truth)))


@pytest.mark.parametrize("rows", [None, 100, 32])
def test_float32_equals_the_reference(rows: int | None) -> None:
    assert (picture(torch.float32, rows) - reference()).abs().max() < 1e-4


@pytest.mark.parametrize("rows", [None, 100, 32])
def test_half_precision_keeps_its_fidelity(rows: int | None) -> None:
    assert decibels(picture(torch.float16, rows)[0], reference()[0]) > LEAST_DECIBELS
