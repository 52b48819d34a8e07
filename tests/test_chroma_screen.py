"""The survey, the clean plate and the automatic hint."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.planes import planes
from corridorkey_core.keyers.chroma import automatic_hint, survey
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.difference import difference
from tests.chroma_scene import (
    GREEN,
    SCREEN_COLOUR,
    core,
    disk_before,
    flat_screen,
    scene,
)

SWAPPED = [0, 2, 1]


@pytest.mark.parametrize("kind", ["green", "blue"])
@pytest.mark.parametrize("subject", ["brown hair", "near-screen colours", "motion blur"])
def test_auto_tells_green_from_blue_and_measures_the_colour(kind: str, subject: str) -> None:
    shot = scene(subject, "hard", kind)
    found = survey([planes(shot.plate)], "auto")
    assert found.kind == kind
    assert found.colour is not None
    truth = shot.screen.mean(axis=(0, 1))
    assert found.colour == pytest.approx(tuple(truth), rel=0.25, abs=0.02)


def test_a_large_subject_of_the_other_colour_does_not_win() -> None:
    plate = disk_before(flat_screen(), (0.03, 0.05, 0.5), 55.0)[:3]
    assert survey([plate], "auto").kind == "green"
    assert survey([plate[SWAPPED]], "auto").kind == "blue"


def test_a_survey_is_settled_by_the_whole_shot() -> None:
    covered = torch.full((3, 90, 120), 0.3)
    assert survey([covered, flat_screen(), covered], "auto").colour == pytest.approx(
        SCREEN_COLOUR, rel=1e-3
    )


@pytest.mark.parametrize("level", [0.0, 0.18])
def test_no_screen_has_no_colour(level: float) -> None:
    found = survey([torch.full((3, 40, 40), level)], "auto")
    assert (found.kind, found.colour) == ("green", None)
    assert survey([torch.full((3, 40, 40), level)], "blue").kind == "blue"


def test_a_kind_that_was_asked_for_is_kept() -> None:
    assert survey([flat_screen()], "blue").kind == "blue"


def test_the_clean_plate_follows_uneven_light_behind_the_subject() -> None:
    height, width = 180, 240
    columns = torch.linspace(-1, 1, width).expand(1, height, width)
    rows = torch.linspace(-1, 1, height)[:, None].expand(1, height, width)
    screen = flat_screen(height, width) * (1 + 0.3 * columns - 0.15 * rows - 0.2 * columns**2)
    drawn = disk_before(screen, (0.3, 0.25, 0.2), 45.0)
    found = clean_plate(drawn[:3], (drawn[3:] > 0.5).float(), None)
    error = ((found - screen) / screen.amax(dim=0, keepdim=True)).abs()
    assert float(error[:, 30:, 30:].max()) < 0.01
    assert float(error.max()) < 0.1


def test_hair_beyond_the_hint_is_not_absorbed() -> None:
    shot = scene("brown hair")
    found = clean_plate(planes(shot.plate), planes(shot.hint), None)
    truth = difference(planes(shot.screen))
    soft = (planes(shot.alpha) > 0.05) & (planes(shot.alpha) < 0.95)
    ratio = difference(found) / truth
    assert float(ratio[soft].mean()) == pytest.approx(1.0, abs=0.04)


def test_a_known_colour_stands_in_where_no_screen_is_seen() -> None:
    covered = torch.full((3, 50, 70), 0.3)
    colour = torch.tensor((0.05, 0.3, 0.08))
    found = clean_plate(covered, torch.ones(1, 50, 70), colour)
    assert torch.allclose(found, colour.view(3, 1, 1).expand_as(found), atol=1e-4)


def overlap(hint: Tensor, truth: Tensor) -> float:
    both = ((hint > 0.5) & (truth > 0.5)).float().sum()
    either = ((hint > 0.5) | (truth > 0.5)).float().sum()
    return float(both / either)


@pytest.mark.parametrize("subject", ["brown hair", "white fur", "motion blur"])
def test_the_automatic_hint_covers_the_subject_and_not_the_markers(subject: str) -> None:
    shot = scene(subject, "hard")
    hint, truth = automatic_hint(planes(shot.plate), GREEN), planes(shot.alpha)
    assert overlap(hint, truth) > 0.8
    assert float(hint[core(truth)].min()) > 0.9
    assert float((hint * (truth == 0.0)).mean()) < 0.02


def test_studio_beside_the_screen_is_left_out() -> None:
    drawn = disk_before(flat_screen(), (0.3, 0.2, 0.15), 30.0)
    plate = drawn[:3].clone()
    plate[:, :, :18] = 0.05
    plate[:, :10, :] = 0.02
    hint = automatic_hint(plate, GREEN)
    assert float(hint[:, :, :14].max()) == 0.0
    assert float(hint[:, :6].max()) == 0.0
    assert overlap(hint, drawn[3:]) > 0.85


def test_a_subject_cut_by_the_frame_is_kept_whole() -> None:
    plate, truth = flat_screen(), torch.zeros(1, 120, 160)
    truth[:, 40:, 50:110] = 1.0
    truth[:, 80:, :] = 1.0
    plate = torch.where(truth > 0, torch.full_like(plate, 0.2), plate)
    assert overlap(automatic_hint(plate, GREEN), truth) > 0.93


def test_a_subject_that_fills_one_side_is_kept() -> None:
    plate, truth = flat_screen(), torch.zeros(1, 120, 160)
    truth[:, :, :80] = 1.0
    plate = torch.where(truth > 0, torch.full_like(plate, 0.2), plate)
    assert overlap(automatic_hint(plate, GREEN), truth) > 0.93
