"""What scenes are made of: shapes, thin things, cameras and hints keep to what they promise."""

from __future__ import annotations

import math

import pytest
import torch

from corridorkey_core.colour.srgb import linear_to_srgb
from training.bodies import body, gauze, haze
from training.camera import demosaiced, photographed, subsampled
from training.dice import Dice
from training.hints import rough_hint
from training.layers import covered, over
from training.light import spilled
from training.screens import _touched_up, screen
from training.strands import Points, splatted
from training.surfaces import colour, greyed
from training.threads import threads

CPU = torch.device("cpu")
ALL = torch.ones(6, 1, 1, 1)  # of what makes pictures rough


def test_threads_are_solid_in_the_middle_and_leave_gaps() -> None:
    layer = torch.cat([threads(Dice(seed, 4, CPU), 128) for seed in range(4)])
    colours, alpha = layer[:, :3], layer[:, 3:]
    assert layer.shape == (16, 4, 128, 128)
    assert float(alpha.min()) == 0.0
    assert float(alpha.max()) == pytest.approx(1.0)
    assert bool((colours <= alpha).all())
    assert 0.05 < float((alpha > 0.0).float().mean()) < 0.8


def test_a_layer_before_another_hides_as_much_as_it_covers() -> None:
    red, blue = torch.zeros(1, 3, 1, 1), torch.zeros(1, 3, 1, 1)
    red[:, 0], blue[:, 2] = 1.0, 1.0
    front = covered(red, torch.full((1, 1, 1, 1), 0.25))
    shown = over(front, covered(blue, torch.ones(1, 1, 1, 1)))
    assert shown.flatten().tolist() == [0.25, 0.0, 0.75, 1.0]


@pytest.mark.parametrize("seed", range(3))
def test_gauze_and_haze_cover_in_part(seed: int) -> None:
    dice = Dice(seed, 3, CPU)
    for cover in (gauze(dice, 96), haze(dice, body(dice, 96))):
        assert cover.shape == (3, 1, 96, 96)
        assert 0.0 <= float(cover.min()) < float(cover.max()) <= 1.0


def test_a_mosaic_keeps_flat_colours_and_false_colours_fine_lines() -> None:
    flat = torch.tensor([0.2, 0.5, 0.1]).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    assert torch.allclose(demosaiced(flat), flat, atol=1e-6)
    line = torch.zeros(1, 3, 16, 16)
    line[..., 8] = 1.0
    seen = demosaiced(line)
    assert float((seen[:, 0] - seen[:, 1]).abs().max()) > 0.1


def test_what_a_sensor_saw_itself_it_keeps() -> None:
    scene = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    seen = demosaiced(scene)
    assert torch.allclose(seen[:, 0, ::2, ::2], scene[:, 0, ::2, ::2], atol=1e-6)
    assert torch.allclose(seen[:, 1, ::2, 1::2], scene[:, 1, ::2, 1::2], atol=1e-6)
    assert torch.allclose(seen[:, 2, 1::2, 1::2], scene[:, 2, 1::2, 1::2], atol=1e-6)


def test_a_camera_changes_a_picture_little() -> None:
    scene = torch.full((6, 3, 64, 64), 0.3)
    shot = photographed(Dice(1, 6, CPU), scene, ALL)
    assert shot.shape == scene.shape
    assert float((shot.mean(dim=(-2, -1)) - 0.3).abs().max()) < 0.02


def test_a_perfect_camera_only_rounds() -> None:
    scene = torch.rand(6, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    shot = photographed(Dice(1, 6, CPU), scene, 0.0 * ALL)
    smoothed = (linear_to_srgb(shot) - linear_to_srgb(scene)).abs().flatten(1).amax(dim=1) > 0.003
    assert int(smoothed.sum()) < 5  # a mosaic takes detail, whoever holds the camera


def test_chroma_is_halved_across_or_both_ways_and_what_is_flat_stays() -> None:
    stripes = (torch.arange(64) % 2).float().view(1, 1, 1, 64).expand(40, 2, 64, 64) - 0.5
    seen = subsampled(Dice(3, 40, CPU), stripes, lambda plane: plane)
    halved = seen.flatten(1).abs().amax(dim=1) < 0.3
    assert 20 < int(halved.sum()) < 36
    assert torch.allclose(seen[~halved], stripes[~halved])
    flat = torch.full((8, 2, 64, 64), 0.2)
    assert torch.allclose(subsampled(Dice(4, 8, CPU), flat, lambda plane: plane), flat)


@pytest.mark.parametrize("angle", [0.0, 0.4, 0.8, 1.5])
@pytest.mark.parametrize("width", [0.3, 0.6, 1.0, 1.5, 2.0])
def test_a_strand_covers_what_it_is_wide_and_one_of_two_pixels_is_opaque(
    width: float, angle: float
) -> None:
    along = torch.arange(-40.0, 40.0, 0.6).view(1, 1, -1)
    rows, columns = 48.3 + along * math.sin(angle), 48.6 + along * math.cos(angle)
    points = Points(rows, columns, torch.full_like(along, width), torch.full_like(along, 0.6))
    layer = splatted(points, torch.full((1, 3, *along.shape[1:]), 0.4), 96)
    alpha = layer[0, 3]
    assert float(alpha.sum()) / 80.0 == pytest.approx(width, rel=0.2)
    assert float(alpha.max()) <= 1.0
    assert torch.allclose(layer[0, :3], 0.4 * layer[0, 3:], atol=1e-5)
    core = alpha[rows.flatten().long(), columns.flatten().long()][30:-30]
    if width == 2.0:
        assert bool((core > 0.93).all())
    if width <= 1.0:
        assert float(core.mean()) < width + 0.05


def test_half_of_the_subjects_have_none_of_the_screens_light() -> None:
    dice = Dice(2, 40, CPU)
    layer = covered(torch.full((40, 3, 32, 32), 0.3), torch.ones(40, 1, 32, 32))
    behind = screen(dice, layer[:, 3:], torch.ones(40, 1, 1, 1))
    gained = (spilled(dice, layer, behind) - layer).flatten(1).amax(dim=1)
    assert 10 < int((gained == 0.0).sum()) < 30
    assert float(gained.max()) > 0.02


def test_hints_show_where_the_subject_is() -> None:
    alpha = torch.zeros(12, 1, 96, 96)
    alpha[..., 24:72, 24:72] = 1.0
    hint = rough_hint(Dice(3, 12, CPU), alpha)
    assert 0.0 <= float(hint.min()) <= float(hint.max()) <= 1.0
    assert float(hint[..., 40:56, 40:56].mean()) > 0.6
    assert float(hint[..., :8, :8].mean()) < 0.1


def test_few_colours_are_magenta_or_greener_than_all_else() -> None:
    drawn = torch.cat([colour(Dice(seed, 256, CPU), 0.0) for seed in range(8)]).flatten(1)
    red, green, blue = drawn.unbind(dim=1)
    assert float((torch.minimum(red, blue) - green > 0.15).float().mean()) < 0.03
    assert float((green - torch.maximum(red, blue) > 0.15).float().mean()) < 0.03
    assert 0.2 < float((drawn.amax(1) - drawn.amin(1) > 0.3).float().mean()) < 0.6


def test_a_grey_is_as_bright_as_its_colour() -> None:
    code = torch.tensor([0.9, 0.3, 0.3]).view(1, 3, 1, 1)
    grey = greyed(code)
    assert float(grey.mean()) == pytest.approx(0.5)
    assert float(grey.max() - grey.min()) < 0.05


def test_touched_up_places_differ_a_little_on_some_screens() -> None:
    lit = torch.full((64, 3, 48, 48), 0.3)
    changed = (_touched_up(Dice(5, 64, CPU), lit) / lit - 1.0).abs()
    touched = changed.amax(dim=(1, 2, 3)) > 0.0
    assert 8 < int(touched.sum()) < 28
    assert float(changed.max()) < 0.8
    share = (changed[touched].amax(dim=1) > 0.0).float().mean(dim=(-2, -1))
    assert 0.0 < float(share.mean()) < 0.5
