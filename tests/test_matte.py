"""Clip, gamma, shrink and grow, soften: identities, bounds and plain definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.matte import clip, gamma, shrink_grow, soften

EDGES = st.integers(1, 21)
TOOLS: list[Callable[[Tensor], Tensor]] = [
    lambda matte: clip(matte, 0.1, 0.9),
    lambda matte: gamma(matte, 2.2),
    lambda matte: gamma(matte, 0.1),
    lambda matte: shrink_grow(matte, 2.5),
    lambda matte: shrink_grow(matte, -2.5),
    lambda matte: soften(matte, 1.7),
    lambda matte: soften(matte, 40.0),
]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def ramp(count: int = 1001) -> Tensor:
    return torch.linspace(0, 1, count).view(1, 1, count)


def test_no_change_is_no_change_bit_for_bit() -> None:
    matte = noise(1, 20, 30) * 1e-3
    for same in (clip(matte, 0.0, 1.0), gamma(matte, 1.0), shrink_grow(matte, 0.0)):
        assert torch.equal(same, matte)
    assert torch.equal(soften(matte, 0.0), matte)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (17, 23)])
def test_a_tool_keeps_size_range_and_its_input(
    tool: Callable[[Tensor], Tensor], size: tuple[int, int]
) -> None:
    matte = (1.4 * noise(1, *size) - 0.2).clamp(0, 1)
    before = matte.clone()
    result = tool(matte)
    assert result.shape == matte.shape
    assert result.dtype == torch.float32
    assert result.min() >= 0.0
    assert result.max() <= 1.0
    assert torch.equal(matte, before)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_and_everything_stay(tool: Callable[[Tensor], Tensor], value: float) -> None:
    flat = torch.full((1, 25, 31), value)
    assert torch.allclose(tool(flat), flat, atol=1e-6)


@given(st.floats(0, 0.98), st.floats(0.01, 1))
def test_clip_reaches_its_ends_and_rises_between(black: float, width: float) -> None:
    white = min(1.0, black + width)
    values = torch.cat([ramp()[0, 0], torch.tensor([black, white])]).view(1, 1, -1)
    clipped = clip(values, black, white)
    assert (clipped[values <= torch.tensor(black)] == 0.0).all()
    assert (clipped[values >= torch.tensor(white)] == 1.0).all()
    assert (clip(ramp(), black, white).diff() >= 0.0).all()


def test_clip_is_linear_between() -> None:
    clipped = clip(torch.tensor([[[0.2, 0.35, 0.5, 0.65, 0.8]]]), 0.2, 0.8)
    assert torch.allclose(clipped, torch.tensor([[[0.0, 0.25, 0.5, 0.75, 1.0]]]), atol=1e-6)


@given(st.floats(0.1, 10))
def test_gamma_is_monotone_and_keeps_its_ends(amount: float) -> None:
    result = gamma(ramp(), amount)[0, 0]
    assert result[0] == 0.0
    assert result[-1] == 1.0
    assert (result.diff() >= 0.0).all()
    opens = result >= ramp()[0, 0] - 1e-6
    assert opens.all() if amount >= 1.0 else (result <= ramp()[0, 0] + 1e-6).all()


def test_gamma_is_a_power() -> None:
    assert float(gamma(torch.tensor([[[0.25]]]), 2.0)) == pytest.approx(0.5)


def in_disk(matte: Tensor, radius: int) -> Tensor:
    """The largest value within the disk, looked up pixel by pixel."""
    height, width = matte.shape[-2:]
    result = matte.clone()
    for row in range(height):
        for column in range(width):
            for y in range(max(0, row - radius), min(height, row + radius + 1)):
                rest = radius * radius + radius - (y - row) ** 2
                reach = min(radius, math.isqrt(rest))
                span = matte[0, y, max(0, column - reach) : column + reach + 1]
                result[0, row, column] = max(result[0, row, column], span.max())
    return result


@settings(max_examples=25, deadline=None)
@given(height=st.integers(1, 12), width=st.integers(1, 12), radius=st.integers(1, 9))
def test_growing_takes_the_largest_value_in_a_disk(height: int, width: int, radius: int) -> None:
    matte = noise(1, height, width)
    assert torch.equal(shrink_grow(matte, float(radius)), in_disk(matte, radius))


@settings(max_examples=60, deadline=None)
@given(height=EDGES, width=EDGES, distance=st.floats(0.01, 30))
def test_growing_never_lowers_and_shrinking_never_raises(
    height: int, width: int, distance: float
) -> None:
    matte = noise(1, height, width)
    assert (shrink_grow(matte, distance) >= matte).all()
    assert (shrink_grow(matte, -distance) <= matte).all()


@settings(max_examples=40, deadline=None)
@given(height=EDGES, width=EDGES, distance=st.floats(0.01, 8))
def test_shrinking_is_growing_the_other_side(height: int, width: int, distance: float) -> None:
    matte = noise(1, height, width)
    assert torch.allclose(
        shrink_grow(matte, -distance), 1.0 - shrink_grow(1.0 - matte, distance), atol=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(distance=st.floats(-12, 12), turns=st.integers(0, 3))
def test_a_turned_matte_grows_turned(distance: float, turns: int) -> None:
    matte = noise(1, 19, 23)
    turned = shrink_grow(matte.rot90(turns, (-2, -1)), distance)
    assert torch.equal(turned, shrink_grow(matte, distance).rot90(turns, (-2, -1)))


@pytest.mark.parametrize("distance", [-7.3, -1.0, -0.25, 0.25, 0.5, 1.0, 3.75, 12.0])
def test_a_straight_edge_moves_by_the_distance(distance: float) -> None:
    half = (torch.arange(80) >= 40).float().expand(1, 60, 80).contiguous()
    for matte, axis in ((half, -1), (half.transpose(-1, -2).contiguous(), -2)):
        moved = shrink_grow(matte, distance).sum(dim=axis) - matte.sum(dim=axis)
        assert torch.allclose(moved, torch.full_like(moved, distance), atol=1e-4)


@pytest.mark.parametrize("distance", [4.0, 9.5, 25.0])
def test_a_dot_grows_to_a_disk_of_that_radius(distance: float) -> None:
    dot = torch.zeros(1, 81, 81)
    dot[0, 40, 40] = 1.0
    area = float(shrink_grow(dot, distance).sum())
    assert area == pytest.approx(math.pi * (distance + 0.5) ** 2, rel=0.1)


def test_a_larger_distance_grows_more() -> None:
    matte = noise(1, 30, 30) ** 4
    steps = [shrink_grow(matte, 0.2 * step) for step in range(-15, 16)]
    assert all((b >= a).all() for a, b in pairwise(steps))


@pytest.mark.parametrize("sigma", [0.3, 1.0, 5.0, 7.0, 20.0, 100.0])
def test_softening_keeps_constants_and_range(sigma: float) -> None:
    flat = torch.full((1, 40, 60), 0.3)
    assert torch.allclose(soften(flat, sigma), flat, atol=1e-6)
    assert soften(torch.ones(1, 40, 60), sigma).max() <= 1.0


@pytest.mark.parametrize("sigma", [0.5, 2.0, 5.9, 6.1, 9.0])
def test_softening_keeps_the_mean_away_from_borders_and_has_its_sigma(sigma: float) -> None:
    matte = torch.zeros(1, 121, 121)
    matte[:, 52:69, 55:66] = 1.0
    softened = soften(matte, sigma)
    assert float(softened.sum()) == pytest.approx(float(matte.sum()), rel=1e-4)
    offsets = torch.arange(121.0) - 60

    def spread(image: Tensor) -> float:
        return float((image[0].sum(0) * offsets**2).sum() / image.sum())

    assert spread(softened) - spread(matte) == pytest.approx(sigma**2, rel=0.15)


@pytest.mark.gpu
@pytest.mark.parametrize("tool", TOOLS)
def test_every_device_gives_the_same_matte(tool: Callable[[Tensor], Tensor]) -> None:
    matte = noise(1, 211, 307)
    assert (tool(matte.cuda()).cpu() - tool(matte)).abs().max() < 1e-5
