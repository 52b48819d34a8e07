"""Devices round otherwise, and key alike all the same: no pixel is decided by a hair's breadth."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.held_out.shot import Order, shoot
from benchmarks.planes import planes
from corridorkey_core.keyers.builtin.features import doubt
from corridorkey_core.keyers.chroma.evidence import Evidence, evidence
from corridorkey_core.keyers.chroma.guide import Guide, guide
from corridorkey_core.preprocess import as_green


def rounded(values: Tensor, by: float, seed: int) -> Tensor:
    """The same light, off by about a share of itself."""
    generator = torch.Generator().manual_seed(seed)
    return values * (1.0 + by * torch.randn(values.shape, generator=generator))


def evidence_of(alpha: Tensor, plain: Tensor) -> Evidence:
    """What says no more than these."""
    nothing = torch.zeros_like(alpha)
    inside = Guide.of(nothing.expand(5, *alpha.shape[1:]))
    return Evidence(nothing, plain, inside, nothing, nothing, alpha)


@pytest.mark.parametrize(
    ("subject", "level", "kind", "seed"),
    [
        ("ginger", "easy", "green", 0),
        ("smoke", "easy", "blue", 1),
        ("straw", "easy", "green", 1),
        ("veil", "usual", "green", 1),
    ],
)
def test_light_off_by_a_millionth_moves_no_matte(
    subject: str, level: str, kind: str, seed: int
) -> None:
    shot = shoot(Order(subject, level, kind))[0]
    plate, hint = as_green(planes(shot.plate), kind), planes(shot.hint)
    with torch.inference_mode():
        before = evidence(plate, hint, None).alpha
        after = evidence(rounded(plate, 1e-6, seed), hint, None).alpha
    assert float((after - before).abs().max()) < 1e-3


@pytest.mark.parametrize("plain", [0.8, 1.0])
def test_a_gate_opens_slowly(plain: float) -> None:
    alphas = torch.linspace(0.0, 1.0, 10_001).view(1, -1, 1, 1).expand(1, -1, 2, 2)
    gates = doubt(evidence_of(alphas, torch.full_like(alphas, plain)))
    assert float(gates[0].diff(dim=0).abs().max()) < 0.02  # of an alpha further by a ten-thousandth
    assert float(gates[0, 5000].min()) == 1.0


def test_a_hard_edge_of_a_hint_is_found_where_it_was() -> None:
    hint = torch.zeros(1, 200, 1280)
    hint[:, 60:140, 301:901] = 1.0  # shrunk by two, its sides are halves
    plain = torch.zeros_like(hint)
    with torch.inference_mode():
        found = [guide(rounded(hint, 1e-7, seed), plain).allowed for seed in range(3)]
    assert all(float((each - found[0]).abs().max()) < 1e-3 for each in found)
