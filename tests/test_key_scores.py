"""What is measured of a finished key: known answers."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.key_scores import Frame, flicker_score, key_score, mean_of, srgb


def half_subject(value: float = 0.2) -> Frame:
    """Solid on the left, empty on the right, a soft edge between; 40 × 80."""
    alpha = ((44.0 - torch.arange(80.0)) / 8.0).clamp(0.0, 1.0).expand(1, 40, 80).contiguous()
    return Frame(alpha, torch.full((3, 40, 80), value))


def test_the_truth_scores_nothing() -> None:
    truth = half_subject()
    assert set(asdict(key_score(truth, truth)).values()) == {0.0}
    assert set(asdict(flicker_score([truth] * 3, [truth] * 3)).values()) == {0.0}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_any_other_key_scores_more_than_nothing(seed: int) -> None:
    drawn = torch.Generator().manual_seed(seed)
    truth = half_subject()
    key = Frame(torch.rand(1, 40, 80, generator=drawn), torch.rand(3, 40, 80, generator=drawn))
    assert min(asdict(key_score(key, truth)).values()) > 0.0


def test_colour_counts_by_true_alpha_and_in_srgb() -> None:
    truth = half_subject()
    brighter = key_score(Frame(truth.alpha, torch.full((3, 40, 80), 0.4)), truth)
    levels = srgb(torch.tensor([0.2, 0.4]))
    assert brighter.colour == pytest.approx(1000.0 * float(levels[1] - levels[0]), rel=1e-4)
    unseen = truth.foreground.clone()
    unseen[:, truth.alpha[0] <= 0.0] = 0.9
    assert key_score(Frame(truth.alpha, unseen), truth).colour == 0.0


def test_composites_tell_what_a_lost_matte_costs_over_each_background() -> None:
    truth = half_subject(1.0)
    lost = key_score(Frame(torch.zeros_like(truth.alpha), truth.foreground), truth)
    # White over white shows nothing; over black it is the matte itself, in sRGB.
    assert lost.white == 0.0
    unknown = truth.alpha[..., 33:47]
    assert lost.black == pytest.approx(1000.0 * float(srgb(unknown).mean()), rel=0.05)


def test_pixels_off_by_more_than_a_hundredth_are_counted_well_inside() -> None:
    truth = half_subject()
    alpha = truth.alpha.clone()
    alpha[:, 5, 3], alpha[:, 6, 3], alpha[:, 7, 75] = 0.98, 0.995, 0.02
    alpha[:, :, 37] = 0.9  # an edge's own pixels are no matter of solidity
    found = key_score(Frame(alpha, truth.foreground), truth)
    solid, empty = 40 * (36 - 12 + 1), 40 * (80 - 44 - 12)
    assert found.solid == pytest.approx(10_000 / solid, rel=0.05)
    assert found.empty == pytest.approx(10_000 / empty, rel=0.05)


def test_a_steady_error_does_not_flicker_and_an_alternating_one_does() -> None:
    truth = half_subject()
    off = Frame(truth.alpha * 0.9, truth.foreground)
    assert flicker_score([off] * 4, [truth] * 4).dtssd == pytest.approx(0.0, abs=1e-5)
    up, down = (Frame(truth.alpha + sign * 0.03, truth.foreground) for sign in (1, -1))
    assert flicker_score([up, down, up], [truth] * 3).dtssd == pytest.approx(6.0, rel=1e-3)


def test_true_movement_is_no_flicker() -> None:
    first, second = half_subject(), half_subject()
    second = Frame(second.alpha.roll(2, -1), second.foreground)
    assert flicker_score([first, second], [first, second]).dtssd == 0.0
    assert flicker_score([first, first], [first, second]).dtssd > 1.0


def test_means_are_of_every_figure() -> None:
    truth = half_subject()
    one = key_score(truth, truth)
    other = key_score(Frame(truth.alpha * 0.5, truth.foreground), truth)
    assert mean_of([one, other]).sad == pytest.approx(other.sad / 2)
