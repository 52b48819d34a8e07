"""Faint islands go; hair, smoke and all that is seen plainly stay."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.keyers.builtin.faint import without_faint_islands

SIZE = (100, 200)  # islands of 4 to 200 pixels are looked at, up to 100 they go


def subject() -> Tensor:
    """A solid subject with a soft edge."""
    alpha = torch.zeros(1, *SIZE)
    alpha[:, 20:80, 20:80] = 0.3
    alpha[:, 22:78, 22:78] = 1.0
    return alpha


def with_patch(height: int, width: int, value: float) -> Tensor:
    alpha = subject()
    alpha[:, 40 : 40 + height, 120 : 120 + width] = value
    return alpha


def test_a_faint_patch_that_stands_apart_goes() -> None:
    assert torch.equal(without_faint_islands(with_patch(8, 8, 0.2)), subject())


def test_one_that_is_seen_plainly_anywhere_stays() -> None:
    alpha = with_patch(8, 8, 0.1)
    alpha[:, 44, 124] = 0.3
    assert torch.equal(without_faint_islands(alpha), alpha)


def test_in_between_it_fades_so_that_none_pops() -> None:
    found = without_faint_islands(with_patch(8, 8, 0.25))[0, 40:48, 120:128]
    assert torch.allclose(found, torch.full((8, 8), 0.125), atol=1e-6)


@pytest.mark.parametrize(("width", "kept"), [(10, 0.0), (15, 0.05), (20, 0.1)])
def test_larger_ones_fade_in_so_that_none_pops_as_it_grows(width: int, kept: float) -> None:
    found = without_faint_islands(with_patch(10, width, 0.1))[0, 40:50, 120 : 120 + width]
    assert torch.allclose(found, torch.full((10, width), kept), atol=1e-6)


@pytest.mark.parametrize(("height", "width"), [(1, 3), (1, 1), (15, 14), (60, 70)])
def test_hairs_tips_and_fields_of_smoke_stay(height: int, width: int) -> None:
    alpha = with_patch(height, width, 0.1)
    assert torch.equal(without_faint_islands(alpha), alpha)


def test_a_patch_that_touches_the_subject_by_a_trace_stays() -> None:
    alpha = with_patch(8, 8, 0.1)
    alpha[:, 40, 80:120] = 0.005
    assert torch.equal(without_faint_islands(alpha), alpha)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_frame_all_alike_stays(value: float) -> None:
    alpha = torch.full((1, *SIZE), value)
    assert torch.equal(without_faint_islands(alpha), alpha)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.5, 0.99))
def test_nothing_is_ever_raised_nor_plain_things_changed(seed: int, bare: float) -> None:
    dice = torch.Generator().manual_seed(seed)
    alpha = torch.rand(1, *SIZE, generator=dice)
    alpha = alpha * (torch.rand(1, *SIZE, generator=dice) > bare)
    found = without_faint_islands(alpha)
    assert bool((found <= alpha).all())
    assert float(found.min()) >= 0.0
    assert torch.equal(found[alpha >= 0.3], alpha[alpha >= 0.3])


@pytest.mark.gpu
def test_a_gpu_finds_the_same_ones() -> None:
    dice = torch.Generator().manual_seed(3)
    alpha = torch.rand(1, *SIZE, generator=dice) * (torch.rand(1, *SIZE, generator=dice) > 0.7)
    for each in (alpha, 0.25 * alpha, with_patch(8, 8, 0.1)):
        found = without_faint_islands(each.cuda()).cpu()
        assert torch.allclose(found, without_faint_islands(each), atol=1e-6)
