"""The four measures of mattes: known answers, and what must hold of any matte."""

from __future__ import annotations

from collections import deque

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.matting_errors import (
    _joined,
    _largest,
    absolute_errors,
    connectivity_error,
    gradient_error,
    squared_error,
    unknown_region,
)

EVERYWHERE = torch.ones(1, 24, 32, dtype=torch.bool)
MEASURES = (absolute_errors, squared_error, gradient_error, connectivity_error)


def matte(seed: int) -> Tensor:
    """A matte [1, 24, 32] that is solid on the left, and solid, empty and mixed elsewhere."""
    drawn = torch.rand(1, 24, 32, generator=torch.Generator().manual_seed(seed))
    drawn[..., :10] = 1.0
    return (1.6 * drawn - 0.3).clamp(0.0, 1.0)


def solid_left() -> Tensor:
    """Solid in the left eight columns, empty elsewhere."""
    drawn = torch.zeros(1, 24, 32)
    drawn[..., :8] = 1.0
    return drawn


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_truth_has_no_error_and_any_other_matte_has(seed: int) -> None:
    truth, other = matte(seed), matte(seed + 1)
    for measure in MEASURES:
        assert measure(truth, truth, EVERYWHERE) == 0.0
        assert measure(other, truth, EVERYWHERE) > 0.0


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_mirrored_picture_has_the_same_errors(seed: int) -> None:
    alpha, truth = matte(seed), matte(seed + 1)
    for measure in MEASURES:
        turned = measure(alpha.mT.contiguous(), truth.mT.contiguous(), EVERYWHERE.mT)
        assert turned == pytest.approx(measure(alpha, truth, EVERYWHERE), rel=1e-4)


@pytest.mark.parametrize("measure", MEASURES)
def test_only_the_unknown_region_counts(measure: object) -> None:
    truth = solid_left()
    alpha = truth.clone()
    alpha[..., 20:] = 0.4
    nowhere_near = EVERYWHERE.clone()
    nowhere_near[..., 14:] = False
    assert callable(measure)
    assert measure(alpha, truth, nowhere_near) == 0.0


def test_sums_and_squares_are_what_they_say() -> None:
    truth = torch.full((1, 24, 32), 0.5)
    unknown = EVERYWHERE.clone()
    unknown[:, 12:] = False
    assert absolute_errors(truth + 0.25, truth, unknown) == pytest.approx(0.25 * 12 * 32 / 1000)
    assert squared_error(truth + 0.25, truth, unknown) == pytest.approx(0.0625)
    assert squared_error(truth + 0.25, truth, EVERYWHERE & False) == 0.0


def test_a_shifted_level_has_no_gradient_error_and_twice_the_slope_has_four_times_as_much() -> None:
    ramp = torch.linspace(0.0, 0.4, 32).expand(1, 24, 32)
    inner = EVERYWHERE.clone()
    inner[..., :8] = inner[..., -8:] = False
    flat = torch.zeros(1, 24, 32)
    assert gradient_error(ramp + 0.3, ramp, inner) == pytest.approx(0.0, abs=1e-6)
    single, double = (gradient_error(slope * ramp, flat, inner) for slope in (1.0, 2.0))
    assert double == pytest.approx(4.0 * single, rel=1e-4)
    # A filter of unit norm sees a slope s as s times the sum of -x times its weights.
    along = torch.arange(-5.0, 6.0)
    bell = torch.exp(-0.5 * (along / 1.4) ** 2)
    kernel = bell[:, None] * (-along / 1.4**2 * bell)[None]
    seen = float((kernel * -along[None]).sum() / kernel.square().sum().sqrt())
    slope = 0.4 / 31
    assert single == pytest.approx((seen * slope) ** 2 * int(inner.sum()) / 1000, rel=1e-3)


def test_a_small_difference_in_what_hangs_together_is_none() -> None:
    truth, alpha = solid_left(), solid_left()
    truth[..., 8:12], alpha[..., 8:12] = 0.8, 0.7
    assert connectivity_error(alpha, truth, EVERYWHERE) == 0.0


def test_a_cut_strand_counts_where_it_is_cut() -> None:
    truth = solid_left()
    truth[:, 10, 8:20] = 0.8
    alpha = truth.clone()
    alpha[:, 10, 12:15] = 0.0
    assert connectivity_error(alpha, truth, EVERYWHERE) == pytest.approx(3 * 0.8 / 1000)


def test_a_strand_that_differs_beyond_a_cut_counts_in_full() -> None:
    truth = solid_left()
    truth[:, 10, 8:20] = 0.8
    alpha = truth.clone()
    alpha[:, 10, 12:15], alpha[:, 10, 15:20] = 0.0, 0.5
    expected = (3 * 0.8 + 5 * 0.3) / 1000
    assert connectivity_error(alpha, truth, EVERYWHERE) == pytest.approx(expected)


def test_corners_do_not_connect() -> None:
    mask = torch.eye(6).bool()
    assert int(_largest(mask).sum()) == 1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_regions_are_those_of_a_search_pixel_by_pixel(seed: int) -> None:
    mask = torch.rand(9, 11, generator=torch.Generator().manual_seed(seed)) < 0.6
    source = mask.clone()
    source[:, 2:] = False
    assert torch.equal(_joined(mask, source), searched(mask, source))


def searched(mask: Tensor, source: Tensor) -> Tensor:
    """The part of a mask that is reached from `source` by steps up, down, left and right."""
    found = source.clone()
    waiting = deque((int(row), int(column)) for row, column in source.nonzero())
    while waiting:
        row, column = waiting.popleft()
        for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            y, x = row + down, column + right
            within = 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]
            if within and mask[y, x] and not found[y, x]:
                found[y, x] = True
                waiting.append((y, x))
    return found


def test_the_unknown_region_is_the_transition_and_three_pixels_around() -> None:
    truth = solid_left()
    truth[..., 8] = 0.5
    unknown = unknown_region(truth)
    assert unknown[..., 5:12].all()
    assert not unknown[..., :5].any()
    assert not unknown[..., 12:].any()
