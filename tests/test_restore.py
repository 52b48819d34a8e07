"""The plate's range and detail come back inside, and nothing of the screen comes in at edges."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.composite import over
from corridorkey_core.preprocess import as_green
from corridorkey_core.restore import restore, solidity
from corridorkey_core.screen import Screen

COLOUR = (0.09, 0.42, 0.12)
GREEN = Screen("green", COLOUR)
BEHIND = torch.tensor(COLOUR).view(3, 1, 1)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def disk(height: int, width: int, softness: float = 6.0) -> Tensor:
    rows = torch.arange(height)[:, None] - height / 2
    columns = torch.arange(width)[None] - width / 2
    radius = (rows**2 + columns**2).sqrt()
    return ((0.4 * height - radius) / softness + 0.5).clamp(0, 1)[None]


def test_4_stays_4_and_negatives_stay_where_the_matte_is_solid() -> None:
    plate = 8.0 * noise(3, 60, 80) - 2.0
    plate[:, 30, 40] = 4.0
    restored = restore(plate.clamp(0, 1), torch.ones(1, 60, 80), plate, GREEN)
    assert torch.equal(restored, plate)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (33, 57)])
def test_detail_of_a_solid_plate_comes_back_at_any_size(size: tuple[int, int]) -> None:
    plate = noise(3, *size)
    flat = torch.full((3, *size), 0.5)
    assert torch.equal(restore(flat, torch.ones(1, *size), plate, GREEN), plate)


def test_the_inside_of_a_subject_is_the_plate_exactly() -> None:
    alpha = disk(200, 240)
    plate = over(5.0 * noise(3, 200, 240) - 0.5, alpha, BEHIND)
    restored = restore(plate.clamp(0, 1), alpha, plate, GREEN)
    inside = (solidity(alpha) == 1.0).expand_as(plate) & (alpha == 1.0)
    assert inside[0].sum() > 0.8 * (alpha == 1.0).sum()
    assert torch.equal(restored[inside], plate[inside])


def test_the_edge_keeps_the_keyers_own_colour() -> None:
    alpha = disk(200, 240)
    plate = over(0.9 * noise(3, 200, 240), alpha, BEHIND)
    own = noise(3, 200, 240, seed=2)
    restored = restore(own, alpha, plate, GREEN)
    edge = (alpha < 0.92).expand_as(own)
    assert torch.equal(restored[edge], own[edge])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), height=st.integers(1, 40), width=st.integers(1, 40))
def test_an_exact_key_stays_exact(seed: int, height: int, width: int) -> None:
    """Where plate = alpha F + (1 - alpha) S already holds, F is what comes out."""
    alpha = (2.5 * noise(1, height, width, seed=seed) - 0.5).clamp(0, 1)
    own = 3.0 * noise(3, height, width, seed=seed + 1)
    restored = restore(own, alpha, over(own, alpha, BEHIND), GREEN)
    assert torch.allclose(restored, own, atol=2e-5)


def clipped_key(bright: float) -> tuple[Tensor, Tensor, Tensor]:
    """A bright subject as a network answers for it: the right matte, a foreground up to 1."""
    alpha = disk(160, 200, softness=16.0)
    light = torch.tensor([bright, 0.8 * bright, 0.6 * bright]).view(3, 1, 1).expand(3, 160, 200)
    return alpha, light.clamp(0, 1), over(light, alpha, BEHIND)


def test_a_composite_over_the_screen_gives_a_bright_plate_back_better_than_before() -> None:
    alpha, own, plate = clipped_key(4.0)
    restored = restore(own, alpha, plate, GREEN)
    before = (over(own, alpha, BEHIND) - plate).abs()
    after = (over(restored, alpha, BEHIND) - plate).abs()
    assert (after <= before + 1e-5).all()
    assert after.mean() < 0.1 * before.mean()


def test_bright_edges_become_brighter_smoothly_and_never_beyond_the_subject() -> None:
    alpha, own, plate = clipped_key(4.0)
    restored = restore(own, alpha, plate, GREEN)
    assert restored.max() <= 4.0 + 1e-4
    middle = restored[0, 80, 100:]
    assert (middle.diff() <= 1e-4).all()
    assert middle.diff().abs().max() < 0.8


def test_a_screen_above_1_lends_no_colour() -> None:
    alpha = disk(160, 200, softness=16.0)
    colour = (0.3, 2.2, 0.5)
    own = torch.full((3, 160, 200), 0.5)
    plate = over(own, alpha, torch.tensor(colour).view(3, 1, 1))
    for screen in (Screen("green", colour), Screen("green"), Screen("green", (0.3, 1.5, 0.5))):
        restored = restore(own, alpha, plate, screen)
        edge = alpha[0] < 0.92
        assert torch.equal(restored[:, edge], own[:, edge])


def test_a_uniform_pane_of_glass_takes_little_of_an_uneven_screen() -> None:
    alpha = torch.full((1, 60, 60), 0.95)
    uneven = BEHIND * (0.8 + 0.4 * noise(1, 60, 60))
    own = torch.full((3, 60, 60), 0.5)
    restored = restore(own, alpha, over(own, alpha, uneven), GREEN)
    assert (restored - own).abs().max() < 0.05 / 0.95 * 0.2 * 0.42 + 1e-4


def test_bare_screen_keeps_the_keyers_answer_finite() -> None:
    own, plate = noise(3, 20, 20), 65504.0 * noise(3, 20, 20)
    restored = restore(own, torch.zeros(1, 20, 20), plate, GREEN)
    assert torch.equal(restored, own)


def test_without_a_screen_colour_solid_areas_are_still_the_plate() -> None:
    alpha, own, plate = clipped_key(4.0)
    restored = restore(own, alpha, plate, Screen("green"))
    inside = solidity(alpha) == 1.0
    assert torch.allclose(restored[:, inside[0]], plate[:, inside[0]], atol=1e-5)


def test_a_blue_screen_is_treated_as_a_green_one() -> None:
    alpha, own, plate = clipped_key(3.0)
    blue = Screen("blue", (COLOUR[0], COLOUR[2], COLOUR[1]))
    green_way = restore(own, alpha, plate, GREEN)
    blue_way = restore(as_green(own, "blue"), alpha, as_green(plate, "blue"), blue)
    assert torch.equal(as_green(blue_way, "blue"), green_way)


def test_inputs_are_not_changed() -> None:
    alpha, own, plate = clipped_key(3.0)
    copies = own.clone(), alpha.clone(), plate.clone()
    restore(own, alpha, plate, GREEN)
    assert all(torch.equal(a, b) for a, b in zip((own, alpha, plate), copies, strict=True))


def test_solidity_is_0_outside_1_inside_and_a_rise_between() -> None:
    weight = solidity((torch.arange(200) >= 100).float().expand(1, 50, 200).clone())[0, 25]
    assert not weight[:101].any()
    assert (weight[106:] == 1.0).all()
    assert (weight.diff() >= 0.0).all()


def test_the_distance_to_the_edge_follows_the_size_of_the_picture() -> None:
    def distance(width: int) -> int:
        step = (torch.arange(width) >= width // 2).float().expand(1, 8, width).clone()
        return int((solidity(step)[0, 4] < 0.5).sum()) - width // 2

    assert distance(3840) == 2 * distance(1920)
    assert distance(640) >= 1
