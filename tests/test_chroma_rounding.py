"""Devices round otherwise, and key alike all the same: no pixel is decided by a hair's breadth."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmarks.held_out.shot import Order, shoot
from benchmarks.layers import single
from benchmarks.planes import planes
from corridorkey_core.keyers.builtin.features import doubt
from corridorkey_core.keyers.chroma.cubic import cubic
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


def test_what_is_followed_from_a_hint_ends_where_it_did() -> None:
    down, across = torch.meshgrid(torch.arange(200.0), torch.arange(400.0), indexing="ij")
    away = ((down - 90.3).square() + (across - 190.7).square()).sqrt()[None]
    hint, plain = (away < 40.0).float(), (1.0 - away / 80.0).clamp(0.0, 1.0)
    with torch.inference_mode():
        found = [guide(hint, rounded(plain, 1e-3, seed)).allowed for seed in range(3)]
    assert all(float((each - found[0]).abs().max()) < 0.02 for each in found)


def test_a_fit_is_exact_where_nothing_is_seen() -> None:
    height, width = 600, 1000
    across, down = np.linspace(-1.0, 1.0, width), np.linspace(-1.0, 1.0, height)
    values = np.random.default_rng(1).normal(1.0, 0.02, (3, height, width))
    values += 0.3 * across**2
    weights = np.zeros((height, width))
    weights[:300, :300] = 1.0
    found = cubic(torch.from_numpy(single(values)), torch.from_numpy(single(weights))[None])

    every = np.polynomial.legendre.legvander2d(*np.meshgrid(across, down), [3, 3])
    basis = every[..., [i * 4 + j for i in range(4) for j in range(4 - i)]].reshape(-1, 10)
    seen = basis * weights.reshape(-1, 1)
    system = basis.T @ seen
    ridge = (1e-3 * system[0, 0] + 1e-6) * np.eye(10)
    solved = np.linalg.solve(system + ridge, seen.T @ (values - 1.0).reshape(3, -1).T)
    expected = 1.0 + (basis @ solved).T.reshape(values.shape)
    assert float(np.abs(found.numpy() - expected).max()) < 2e-5
