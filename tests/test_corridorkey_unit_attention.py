"""Attention within units in one kernel is the encoder's own attention."""

from __future__ import annotations

import pytest
import torch

from corridorkey_core.keyers.corridorkey.hiera import Attention
from tests.interpreted_kernels import interpreted, needs_triton

# Channels before and after, heads and tokens of a unit, of all blocks that attend within units.
BLOCKS = [(112, 112, 2, 64), (112, 224, 4, 64), (224, 224, 4, 16), (224, 448, 8, 16)]
UNITS = [1, 4, 37]  # fewer than a program works on, as many, and some left over
INTERPRETED = """
from tests.test_corridorkey_unit_attention import BLOCKS, UNITS, apart
import torch
for block in BLOCKS:
    for units in UNITS:
        print(apart(*block, units, torch.device("cpu"), torch.float32))
"""


def apart(
    channels: int,
    out: int,
    heads: int,
    tokens: int,
    units: int,
    device: torch.device,
    kind: torch.dtype,
) -> float:
    """How far the kernel is from float32 attention by torch, as a share of that one's size."""
    from corridorkey_core.keyers.corridorkey.fused.unit_attention import attended_within

    torch.manual_seed(units)
    pools = out != channels
    attention = Attention(channels, out, heads, pools=pools, within_units=True).to(device)
    given = 3 * torch.randn(1, units, tokens, channels, device=device)
    with torch.inference_mode():
        expected = attention(given)
        attention.to(kind)
        split = attention.qkv(given.to(kind))
        found = attention.proj(attended_within(split, heads, pools=pools)).float()
    assert found.shape == expected.shape
    return float((found - expected).norm() / expected.norm())


@needs_triton
@pytest.mark.slow
def test_the_interpreted_kernel_gives_what_torch_gives() -> None:
    printed = interpreted(INTERPRETED).split()
    assert len(printed) == len(BLOCKS) * len(UNITS)
    assert max(map(float, printed)) < 1e-5


@pytest.mark.gpu
@needs_triton
@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("kind", "near"), [(torch.float16, 2e-3), (torch.bfloat16, 2e-2)])
def test_a_gpu_attends_within_units_as_torch_does(
    block: tuple[int, int, int, int], units: int, kind: torch.dtype, near: float
) -> None:
    assert apart(*block, units, torch.device("cuda"), kind) < near
