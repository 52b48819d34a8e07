"""Filling, shrinking, running extremes and blur against plain definitions of each."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.resample import (
    enlarge,
    gaussian_blur,
    maximum_filter,
    minimum_filter,
    push_pull,
    round_maximum,
    round_minimum,
    shrink,
    wide_blur,
)
from corridorkey_core.triton_kernels import Trial
from tests.interpreted_kernels import interpreted, needs_triton

INTERPRETED = """
import torch
from corridorkey_core import along_axis_kernels, resample
worst = 0.0
for shape in ((3, 17, 23), (1, 2, 9, 5), (1, 1, 40)):
    image = torch.rand(*shape)
    for axis in (-1, -2):
        taps = [0.4, 0.2, 0.08, 0.02]
        found = along_axis_kernels.weigh(image, torch.tensor(taps), axis)
        worst = max(worst, float((found - resample._weigh(image, taps, axis)).abs().max()))
        for pick in (torch.maximum, torch.minimum):
            for radius in (1, 3, 30):
                largest = pick is torch.maximum
                found = along_axis_kernels.find_extreme(image, radius, axis, largest=largest)
                assert torch.equal(found, resample._extreme(image, radius, axis, pick))
print(worst)
"""

EDGES = st.integers(1, 23)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=60, deadline=None)
@given(height=EDGES, width=EDGES, radius=st.integers(0, 30))
def test_running_extremes_are_those_of_the_square(height: int, width: int, radius: int) -> None:
    image = noise(2, height, width)
    expected = F.max_pool2d(image, 2 * radius + 1, 1, 0) if radius == 0 else _largest(image, radius)
    assert torch.equal(maximum_filter(image, radius), expected)
    assert torch.equal(minimum_filter(-image, radius), -expected)


def _largest(image: Tensor, radius: int) -> Tensor:
    padded = F.pad(image, (radius,) * 4, value=-1.0)
    return F.max_pool2d(padded, 2 * radius + 1, 1)


@settings(max_examples=40, deadline=None)
@given(height=EDGES, width=EDGES)
def test_push_pull_keeps_what_is_known_and_invents_nothing_beyond_it(
    height: int, width: int
) -> None:
    values = noise(3, height, width)
    weights = (noise(1, height, width, seed=1) > 0.7).float()
    filled = push_pull(values, weights)
    known = (weights > 0).expand_as(values)
    if min(height, width) > 2:
        assert torch.allclose(filled[known], values[known], atol=1e-5)
    if known.any():
        assert filled.max() <= values[known].max() + 1e-5
        assert filled.min() >= values[known].min() - 1e-5


def test_push_pull_carries_a_constant_across_the_whole_picture() -> None:
    values, weights = torch.zeros(1, 37, 61), torch.zeros(1, 37, 61)
    values[0, 3, 5], weights[0, 3, 5] = 0.25, 1.0
    assert torch.allclose(push_pull(values, weights), torch.full((1, 37, 61), 0.25), atol=1e-6)


def test_push_pull_of_nothing_is_zero() -> None:
    assert not push_pull(noise(3, 9, 9), torch.zeros(1, 9, 9)).any()


def test_push_pull_fills_from_the_nearest_side() -> None:
    values, weights = torch.zeros(1, 64, 64), torch.zeros(1, 64, 64)
    values[:, :, 40:] = 1.0
    weights[:, :, :8] = weights[:, :, 40:] = 1.0
    filled = push_pull(values, weights)[0, 32]
    assert filled[12] < 0.3
    assert filled[34] > 0.7
    assert (filled.diff() >= 0.0).all()


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [(1, 1), (7, 11), (30, 30)])
def test_shrink_and_enlarge_give_the_size_back(factor: int, size: tuple[int, int]) -> None:
    flat = torch.full((2, *size), 0.5)
    small = shrink(flat, factor)
    assert small.shape[-1] == -(-size[1] // factor)
    assert torch.allclose(enlarge(small, factor, size), flat)


def test_enlarge_does_not_shift() -> None:
    ramp = torch.linspace(0, 1, 60).expand(1, 60, 60)
    restored = enlarge(shrink(ramp, 4), 4, (60, 60))
    assert torch.allclose(restored[..., 4:-4], ramp[..., 4:-4], atol=1e-5)


@pytest.mark.parametrize("sigma", [0.7, 1.5, 3.0])
def test_gaussian_blur_has_its_sigma_and_keeps_the_sum(sigma: float) -> None:
    dot = torch.zeros(1, 41, 41)
    dot[0, 20, 20] = 1.0
    blurred = gaussian_blur(dot, sigma)[0]
    assert blurred.sum() == pytest.approx(1.0, abs=1e-5)
    offsets = torch.arange(41.0) - 20
    deviation = float((blurred.sum(0) * offsets**2).sum().sqrt())
    assert deviation == pytest.approx(sigma, rel=0.06)


def test_blurs_keep_a_constant_to_the_edges() -> None:
    flat = torch.full((3, 19, 50), 0.3)
    assert torch.allclose(gaussian_blur(flat, 4.0), flat, atol=1e-6)
    assert torch.allclose(wide_blur(flat, 12.0), flat, atol=1e-6)
    assert torch.equal(gaussian_blur(flat, 0.0), flat)


@needs_triton
@pytest.mark.slow
def test_interpreted_kernels_give_what_torch_gives() -> None:
    printed = interpreted(INTERPRETED)
    assert float(printed) < 1e-6


@pytest.mark.gpu
@pytest.mark.parametrize("shape", [(3, 64, 80), (1, 2, 33, 7), (2, 1, 300)])
def test_a_gpu_gives_what_a_cpu_gives(shape: tuple[int, ...]) -> None:
    image = torch.rand(*shape, generator=torch.Generator().manual_seed(1))
    for sigma in (0.6, 1.5, 6.0):
        found = gaussian_blur(image.cuda(), sigma).cpu()
        assert (found - gaussian_blur(image, sigma)).abs().max() < 1e-6
    for radius in (1, 5, 40):
        for pick in (maximum_filter, minimum_filter):
            assert torch.equal(pick(image.cuda(), radius).cpu(), pick(image, radius))


@pytest.mark.gpu
def test_without_triton_a_gpu_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    image = torch.rand(3, 64, 80, device="cuda")
    quickly = gaussian_blur(image, 2.0), maximum_filter(image, 4)
    monkeypatch.setattr("corridorkey_core.along_axis.trial", lambda _device: Trial(False))
    assert (quickly[0] - gaussian_blur(image, 2.0)).abs().max() < 1e-6
    assert torch.equal(quickly[1], maximum_filter(image, 4))


@pytest.mark.parametrize("radius", [1, 2, 3, 5, 14, 30])
def test_round_extremes_see_about_a_disk(radius: int) -> None:
    dot = torch.zeros(1, 81, 81)
    dot[0, 40, 40] = 1.0
    seen = round_maximum(dot, radius)
    assert torch.equal(round_minimum(1.0 - dot, radius), 1.0 - seen)
    away = torch.arange(81) - 40
    far = torch.hypot(away[:, None].float(), away[None].float())
    assert bool((seen[0, far <= 0.79 * radius] == 1.0).all())
    assert bool((seen[0, far > 1.09 * radius + 0.5] == 0.0).all())
    assert torch.equal(seen, seen.transpose(-1, -2))


def test_round_extremes_ignore_what_is_outside() -> None:
    image = torch.rand(2, 7, 9, generator=torch.Generator().manual_seed(5)) + 1.0
    assert torch.equal(round_minimum(image, 40), image.amin((-2, -1), True).expand_as(image))
    assert torch.equal(round_maximum(image, 0), image)
