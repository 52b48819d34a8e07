"""The chroma keyer against composites whose matte and foreground are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.planes import planes
from corridorkey_core.keyers.chroma import ChromaKeyer, automatic_hint, survey
from corridorkey_core.keyers.chroma.alpha import plain_alpha
from corridorkey_core.keyers.chroma.difference import difference
from corridorkey_core.keyers.chroma.unmix import SOLID, unmix
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.resample import maximum_filter, minimum_filter
from corridorkey_core.screen import Screen
from tests.chroma_scene import (
    GREEN,
    SCREEN_COLOUR,
    band,
    core,
    disk_before,
    far_screen,
    flat_screen,
    key,
    scene,
)


def test_it_is_a_keyer() -> None:
    keyer: Keyer = ChromaKeyer(torch.device("cpu"))
    assert keyer.name == "chroma"
    assert keyer.identity.startswith("chroma")
    assert keyer.economise() is None
    keyer.close()


@pytest.mark.parametrize("subject", ["brown hair", "red hair", "white fur", "motion blur"])
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_clearly_less_error_than_a_plain_colour_difference(subject: str, difficulty: str) -> None:
    shot = scene(subject, difficulty)
    plate, truth = planes(shot.plate), planes(shot.alpha)
    mean_screen = plate[:, far_screen(truth)[0]].mean(dim=1).view(3, 1, 1)
    within = band(truth)

    def error(alpha: Tensor) -> float:
        return float(((alpha - truth) ** 2)[within].mean())

    ours = error(key(plate, planes(shot.hint)).alpha)
    plain = error(plain_alpha(plate, mean_screen.expand_as(plate)))
    assert ours < (0.7 if difficulty == "easy" else 0.8) * plain


@pytest.mark.parametrize("subject", ["brown hair", "dark curls", "motion blur"])
@pytest.mark.parametrize("difficulty", ["easy", "hard"])
def test_bare_screen_is_empty_and_the_core_is_solid(subject: str, difficulty: str) -> None:
    shot = scene(subject, difficulty)
    truth = planes(shot.alpha)
    alpha = key(planes(shot.plate), planes(shot.hint)).alpha
    wrong = (alpha - truth).abs() > 0.01
    markers = _markers(shot.screen)
    # In hard plates a wrinkle beside the subject may be off by a few hundredths.
    assert wrong[far_screen(truth) & ~markers].float().mean() < (
        1e-4 if difficulty == "easy" else 5e-3
    )
    assert wrong[core(truth)].float().mean() < (1e-4 if difficulty == "easy" else 5e-3)
    assert float(alpha[far_screen(truth)].float().mean()) < 1e-3


def _markers(screen: object) -> Tensor:
    picture = planes(screen)  # type: ignore[arg-type]
    level = picture.mean(dim=0, keepdim=True)
    uneven = maximum_filter(level, 2) - minimum_filter(level, 2) > 0.03
    return maximum_filter(uneven.float(), 3) > 0


def test_no_screen_colour_is_left_in_hair() -> None:
    shot = scene("brown hair")
    truth = planes(shot.alpha)
    foreground = key(planes(shot.plate), planes(shot.hint)).foreground
    soft = (truth > 0.2) & (truth < 0.9)
    assert (difference(foreground)[soft] > 0.02).float().mean() < 0.005


def test_thin_hair_is_not_magenta_where_the_screen_is_darker_than_it_was_thought() -> None:
    brown = torch.tensor((0.2, 0.12, 0.07)).view(3, 1, 1).expand(3, 1, 9)
    screen, alpha = flat_screen(1, 9), torch.linspace(0.02, 0.4, 9).view(1, 1, 9)
    plate = torch.lerp(0.94 * screen, brown, alpha)
    red, green, blue = unmix(plate, screen, brown, alpha)
    assert bool((green / torch.maximum(red, blue) >= 0.59 * (1.0 - alpha[0])).all())
    solid = unmix(brown, screen, brown, torch.ones_like(alpha))
    assert torch.equal(solid, brown)


def test_colours_go_over_to_the_plates_without_a_step() -> None:
    dice = torch.Generator().manual_seed(2)
    screen = torch.tensor((0.08, 0.4, 0.1)).view(3, 1, 1).expand(3, 16, 16)
    plate, prior = (0.1 + 0.6 * torch.rand(3, 16, 16, generator=dice) for _ in range(2))
    alpha = torch.full((1, 16, 16), SOLID)
    below, above = (unmix(plate, screen, prior, alpha + off) for off in (-1e-5, 1e-5))
    assert float((below - above).abs().max()) < 1e-3
    assert torch.equal(above, plate)
    assert not torch.allclose(unmix(plate, screen, prior, alpha - 0.05), plate, atol=1e-2)


def test_brown_hair_stays_browner_than_olive() -> None:
    shot = scene("brown hair", "hard")
    truth = planes(shot.alpha)
    red, green, _ = key(planes(shot.plate), planes(shot.hint)).foreground
    thin = (truth > 0.2) & (truth < 0.9)
    olive = (green / red.clamp_min(1e-3))[thin[0]] > 0.9  # 0.5 without spill
    assert float(olive.float().mean()) < 0.25


@pytest.mark.parametrize(
    "damage", ["shifted", "holes", "eroded", "grown", "blurred", "noisy", "faint", "a box", "all"]
)
def test_a_damaged_hint_costs_little(damage: str) -> None:
    shot = scene("brown hair")
    plate, hint, truth = planes(shot.plate), planes(shot.hint), planes(shot.alpha)
    within = band(truth)

    def error(alpha: Tensor) -> float:
        return float(((alpha - truth) ** 2)[within].mean())

    good, bad = key(plate, hint).alpha, key(plate, _damaged(hint, damage)).alpha
    # For scale: the hint itself is off by about 0.18, plain colour difference by 0.015.
    assert error(bad) < error(good) + 0.006
    assert float((bad - truth).abs()[core(truth)].mean()) < 0.01


@pytest.mark.parametrize("around", ["a stroke", "a box"])
def test_wires_with_no_body_are_kept_where_a_hint_shows_them(around: str) -> None:
    truth = torch.zeros(1, 240, 320)
    truth[:, 60:180:30, 60:260], truth[:, 60:180, 158:160] = 1.0, 1.0
    wire = torch.tensor((0.3, 0.2, 0.15)).view(3, 1, 1)
    plate = torch.lerp(flat_screen(240, 320), wire.expand(3, 240, 320), truth)
    hint = maximum_filter(truth, 5)
    if around == "a box":
        hint = _box_about(hint)
    alpha = key(plate, hint).alpha
    assert float(alpha[truth > 0.0].min()) > 0.8
    assert float(alpha[maximum_filter(truth, 2) == 0.0].max()) < 0.01


def _box_about(hint: Tensor) -> Tensor:
    return hint.amax(1, keepdim=True) * hint.amax(2, keepdim=True)


def _damaged(hint: Tensor, how: str) -> Tensor:
    radius = round(0.03 * max(hint.shape))
    if how == "shifted":
        return torch.roll(hint, (radius * 2 // 3, radius * 2 // 3), (1, 2))
    if how == "eroded":
        return minimum_filter(hint, radius)
    if how == "grown":
        return maximum_filter(hint, radius)
    if how == "noisy":
        noise = torch.randn(hint.shape, generator=torch.Generator().manual_seed(3))
        return (hint + 0.2 * noise).clamp(0.0, 1.0)
    if how == "faint":
        return 0.4 * hint
    if how == "a box":
        return maximum_filter(_box_about(hint), radius)
    if how == "all":
        return torch.ones_like(hint)
    if how == "blurred":
        return torch.nn.functional.avg_pool2d(hint, 2 * radius + 1, 1, radius)
    holes = torch.ones_like(hint)
    for row in range(20, hint.shape[1] - 24, 60):
        for column in range(20, hint.shape[2] - 24, 60):
            holes[:, row : row + 24, column : column + 24] = 0.0
    return hint * holes


def test_a_hole_that_shows_screen_stays_a_hole_under_a_hint_that_covers_it() -> None:
    drawn = disk_before(flat_screen(), (0.3, 0.2, 0.15), 50.0)
    plate, truth = drawn[:3].clone(), drawn[3:].clone()
    plate[:, 50:70, 70:90] = flat_screen()[:, 50:70, 70:90]
    alpha = key(plate, (truth > 0.5).float()).alpha
    assert float(alpha[:, 53:67, 73:87].max()) == 0.0
    assert float(alpha[:, 30:40, 70:90].min()) == 1.0


def test_markers_outside_the_hint_vanish() -> None:
    drawn = disk_before(flat_screen(), (0.3, 0.2, 0.15), 25.0)
    plate = drawn[:3].clone()
    for row, column in ((12, 12), (12, 140), (100, 20), (60, 120)):
        plate[:, row : row + 5, column : column + 5] = 0.7
    alpha = key(plate, (drawn[3:] > 0.5).float()).alpha
    distance = maximum_filter(drawn[3:], 6)
    assert float(alpha[distance == 0.0].max()) == 0.0


def test_green_cloth_well_inside_the_hint_is_solid() -> None:
    drawn = disk_before(flat_screen(), (0.3, 0.2, 0.15), 50.0)
    plate = drawn[:3].clone()
    plate[:, 55:65, 75:85] = torch.tensor((0.1, 0.22, 0.15)).view(3, 1, 1)
    alpha = key(plate, (drawn[3:] > 0.5).float()).alpha
    assert float(alpha[:, 55:65, 75:85].min()) > 0.98


def test_cloth_beside_cloth_of_another_colour_is_solid_to_near_the_edge() -> None:
    """A foreground expected red explains mustard and teal as red and some screen."""
    drawn = disk_before(flat_screen(360, 480), (0.4, 0.1, 0.07), 150.0)
    plate, truth = drawn[:3].clone(), drawn[3:]
    colours = ((0.37, 0.25, 0.12), (0.08, 0.14, 0.14))
    for left, colour in zip((190, 250), colours, strict=True):
        patch = plate[:, 36:60, left : left + 30]
        patch[:] = torch.where(
            truth[:, 36:60, left : left + 30] == 1.0, torch.tensor(colour).view(3, 1, 1), patch
        )
    alpha = key(plate, (truth > 0.5).float()).alpha
    assert float(alpha[minimum_filter(truth, 6) >= 1.0].min()) > 0.97


def test_only_screen_is_all_empty() -> None:
    plate = flat_screen() + 0.005 * torch.randn(
        3, 120, 160, generator=torch.Generator().manual_seed(1)
    )
    for hint in (torch.zeros(1, 120, 160), automatic_hint(plate, GREEN)):
        assert float(key(plate, hint).alpha.max()) == 0.0


@pytest.mark.parametrize("level", [0.0, 0.3])
@pytest.mark.parametrize("colour", [None, SCREEN_COLOUR])
def test_a_frame_without_screen_is_all_subject(
    level: float, colour: tuple[float, float, float] | None
) -> None:
    plate = torch.full((3, 60, 80), level)
    screen = Screen("green", colour)
    keyed = key(plate, automatic_hint(plate, screen), screen)
    assert float(keyed.alpha.min()) == 1.0
    assert torch.equal(keyed.foreground, plate)


def test_highlights_and_negatives_survive_where_the_matte_is_solid() -> None:
    drawn = disk_before(flat_screen(), (4.0, 3.5, 3.0), 40.0)
    plate = drawn[:3].clone()
    plate[:, 58:62, 78:82] = torch.tensor((0.4, -0.02, 0.1)).view(3, 1, 1)
    keyed = key(plate, (drawn[3:] > 0.5).float())
    inside = minimum_filter(drawn[3:], 4)[0] >= 1.0
    assert torch.equal(keyed.foreground[:, inside], plate[:, inside])


@pytest.mark.parametrize("level", [1e6, 1e30, 3e38])
def test_a_light_of_any_strength_does_no_harm(level: float) -> None:
    drawn = disk_before(flat_screen(), (0.3, 0.2, 0.15), 40.0)
    plate = drawn[:3].clone()
    plate[:, 55:60, 78:84] = level
    plate[:, 20, 24] = level
    keyed = key(plate, (drawn[3:] > 0.5).float())
    assert torch.equal(keyed.foreground[:, 55:60, 78:84], plate[:, 55:60, 78:84])
    assert keyed.foreground.isfinite().all()
    assert float((keyed.alpha - drawn[3:]).abs().mean()) < 0.01
    assert survey([plate], "auto").kind == "green"
    assert automatic_hint(plate, GREEN).isfinite().all()


@pytest.mark.parametrize("gain", [0.2, 4.0])
def test_exposure_does_not_matter(gain: float) -> None:
    shot = scene("brown hair")
    plate, hint = planes(shot.plate), planes(shot.hint)
    once, again = key(plate, hint), key(gain * plate, hint)
    assert float((once.alpha - again.alpha).abs().mean()) < 2e-3


def test_frames_do_not_know_of_each_other() -> None:
    first, second = scene("brown hair"), scene("lace and veil")
    keyer = ChromaKeyer(torch.device("cpu"))
    plate, hint = planes(second.plate), planes(second.hint)
    before = (plate.clone(), hint.clone())
    with torch.inference_mode():
        keyer.key(planes(first.plate), planes(first.hint), GREEN)
        after_another = keyer.key(plate, hint, GREEN)
    alone = key(plate, hint)
    assert torch.equal(after_another.alpha, alone.alpha)
    assert torch.equal(after_another.foreground, alone.foreground)
    assert torch.equal(plate, before[0])
    assert torch.equal(hint, before[1])


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (7, 5), (33, 3)])
def test_small_frames_key(size: tuple[int, int]) -> None:
    plate = torch.rand(3, *size, generator=torch.Generator().manual_seed(2))
    keyed = key(plate, automatic_hint(plate, GREEN))
    assert keyed.alpha.shape == (1, *size)
    assert keyed.foreground.shape == (3, *size)
    assert keyed.alpha.isfinite().all()
    assert keyed.foreground.isfinite().all()
    assert 0.0 <= float(keyed.alpha.min()) <= float(keyed.alpha.max()) <= 1.0


@pytest.mark.parametrize("with_hint", [True, False])
def test_grey_cloth_before_a_dark_screen_is_solid(with_hint: bool) -> None:
    screen = flat_screen() * 0.14
    drawn = disk_before(screen, (0.16, 0.21, 0.17), 45.0)
    weave = torch.randn(3, 120, 160, generator=torch.Generator().manual_seed(4))
    plate, truth = drawn[:3] * (1.0 + 0.06 * drawn[3:] * weave), drawn[3:]
    hint = (truth > 0.5).float() if with_hint else automatic_hint(plate, GREEN)
    alpha = key(plate, hint).alpha
    assert float(alpha[minimum_filter(truth, 3) >= 1.0].mean()) > 0.97
    assert float(alpha[minimum_filter(truth, 12) >= 1.0].min()) > 0.95
    assert float(alpha[maximum_filter(truth, 6) <= 0.0].max()) == 0.0
