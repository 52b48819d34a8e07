"""Coats: hair that is solid on its body, thins out beyond it, and lies along its growth."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from training.coats import Coat, coat
from training.dice import Dice
from training.strands import Growth, combed, grown, growth
from training.surfaces import rounded

CPU = torch.device("cpu")
COUNT, SIZE = 24, 96
TONE = torch.tensor([0.2, 0.1, 0.05]).view(1, 3, 1, 1)


@pytest.fixture(scope="module")
def distance() -> Tensor:
    """Of a straight edge down the middle, the body to its left."""
    return (SIZE / 2 - torch.arange(SIZE) - 0.5).expand(COUNT, 1, SIZE, SIZE).contiguous()


@pytest.fixture(scope="module")
def worn(distance: Tensor) -> Coat:
    return coat(Dice(3, COUNT, CPU), distance, torch.zeros_like(distance), TONE)


def test_a_coat_is_a_premultiplied_layer_in_range(worn: Coat) -> None:
    colours, alpha = worn.layer[:, :3], worn.layer[:, 3:]
    assert worn.layer.shape == (COUNT, 4, SIZE, SIZE)
    assert float(alpha.min()) == 0.0
    assert float(alpha.max()) == 1.0
    assert bool((colours <= alpha).all())


def test_it_is_solid_on_its_body_and_thins_out_beyond(worn: Coat) -> None:
    alpha = worn.layer[:, 3].mean(dim=1)
    assert int((alpha[:, :8].mean(dim=1) > 0.97).sum()) > COUNT / 2  # others cover parts only
    assert float(alpha[:, -8:].mean()) < 0.05
    fading = alpha.mean(dim=0)
    assert bool((fading[:-6] >= fading[6:] - 0.02).all())
    mixed = ((worn.layer[:, 3] > 0.05) & (worn.layer[:, 3] < 0.95)).float().mean(dim=(1, 2))
    assert float(mixed.max()) > 5.0 * float(mixed.min())


def test_it_reaches_beyond_the_edge_of_what_it_lies_on(worn: Coat, distance: Tensor) -> None:
    whole = (worn.distance > distance).flatten(1).all(dim=1)
    assert COUNT / 3 < int(whole.sum()) < COUNT  # of the others some is bare
    assert bool((worn.distance[whole] - distance[whole] > 0.25).all())


def test_its_strands_lie_along_their_growth(worn: Coat) -> None:
    inside = worn.layer[:, :3, :, : SIZE // 3]
    along = (inside[..., 1:] - inside[..., :-1]).abs().mean()
    across = (inside[:, :, 1:] - inside[:, :, :-1]).abs().mean()
    assert float(across) > 2.0 * float(along)


def test_what_grows_out_of_it_is_lit_alike(distance: Tensor) -> None:
    dice = Dice(4, COUNT, CPU)
    how = growth(dice, SIZE)
    light = torch.where(torch.arange(SIZE) < SIZE / 2, 0.2, 1.0).view(1, 1, SIZE, 1)
    lit = light.expand(COUNT, 3, SIZE, SIZE)
    layer = grown(dice, distance, torch.zeros_like(distance), lit, TONE, how)
    colour = layer[:, :3].sum(dim=(0, 3)) / layer[:, 3].sum(dim=(0, 2)).clamp_min(1e-6)
    assert float(colour[0, : SIZE // 3].mean()) < 0.5 * float(colour[0, -SIZE // 3 :].mean())


def test_a_strand_changes_as_it_passes_from_shadow_into_light(distance: Tensor) -> None:
    how = Growth(40, 40.0, 1.0, 0.0, 0.0)
    light = torch.where(torch.arange(SIZE) < SIZE / 2 + 8, 0.1, 1.0).expand(COUNT, 1, SIZE, SIZE)
    layer = grown(Dice(4, COUNT, CPU), distance, torch.zeros_like(distance), light, TONE, how)
    colour = layer[:, 0].sum(dim=(0, 1)) / layer[:, 3].sum(dim=(0, 1)).clamp_min(1e-6)
    dark, bright = colour[SIZE // 2 : SIZE // 2 + 6], colour[SIZE // 2 + 10 : SIZE // 2 + 16]
    assert float(bright.min()) > 4.0 * float(dark.max())


def test_a_lamp_behind_shines_through_where_some_coats_are_thin(worn: Coat) -> None:
    colour = worn.light * TONE
    thin, deep = colour[..., SIZE * 2 // 3 :].mean(dim=(2, 3)), colour[..., :8].mean(dim=(2, 3))
    lit = (thin[:, 0] > 1.5 * deep[:, 0]) & (thin[:, 0] > 0.2)
    assert COUNT / 12 < int(lit.sum()) < COUNT / 2
    fuller = (thin[lit, 0] / thin[lit, 2]) / (TONE[0, 0] / TONE[0, 2])
    assert float(fuller.max()) > 1.2  # of a fuller colour than the hair
    assert float(fuller.min()) < 1.0


def test_strands_head_out_of_a_body_or_to_one_side(distance: Tensor) -> None:
    heading = combed(Dice(5, COUNT, CPU), distance)
    assert heading.shape == distance.shape
    outward = heading.cos().mean(dim=(1, 2, 3))  # to the right
    assert float(outward.max()) > 0.8
    assert float(outward.min()) < 0.5


def test_the_same_seed_gives_the_same_coat(worn: Coat, distance: Tensor) -> None:
    again = coat(Dice(3, COUNT, CPU), distance, torch.zeros_like(distance), TONE)
    other = coat(Dice(6, COUNT, CPU), distance, torch.zeros_like(distance), TONE)
    assert torch.equal(worn.layer, again.layer)
    assert not torch.equal(worn.layer, other.layer)


def test_what_is_round_is_darker_or_brighter_at_its_edge_or_neither(distance: Tensor) -> None:
    light = rounded(Dice(7, COUNT, CPU), distance, torch.full((COUNT, 1, 1, 1), 6.0))
    assert light.shape == (COUNT, 3, SIZE, SIZE)
    assert float(light.min()) > 0.0
    assert torch.allclose(light[..., 0], torch.ones(()), atol=1e-3)
    edge = light[..., SIZE // 2].mean(dim=(1, 2))
    flat = (light - 1.0).abs().flatten(1).amax(dim=1) == 0.0
    assert bool((edge < 0.95).any())
    assert bool((edge > 1.05).any())
    assert bool(flat.any())
