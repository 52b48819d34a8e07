"""The held-out shots: seeded, true to their formula, and apart from training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from benchmarks.held_out import camera, roto
from benchmarks.held_out.field import field, spread
from benchmarks.held_out.layer import Array, Layer, single
from benchmarks.held_out.rendered import NAMES, rendered
from benchmarks.held_out.shot import LEVELS, MOVING, SUBJECTS, Order, _moved, _shot, shoot, stills
from benchmarks.held_out.stage import Light, screen
from benchmarks.planes import planes
from benchmarks.quality_case import hinted_by_plate
from corridorkey_core.infer import hint_seen
from corridorkey_core.keyers.chroma import survey
from tests.sources import imports_of, python_files

ROTOS = (roto.splines, roto.network, roto.slipped, roto.generous, roto.partial)


def disk(radius: float = 40.0, size: tuple[int, int] = (120, 160)) -> Array:
    """A soft-edged disk in the middle."""
    rows, columns = np.mgrid[: size[0], : size[1]]
    away = np.hypot(rows - size[0] / 2, columns - size[1] / 2)
    return single(np.clip((radius - away) / 3.0 + 0.5, 0.0, 1.0))


def grey_layer() -> Layer:
    """A grey disk that throws nothing back."""
    colour = np.full((120, 160, 3), 0.3, np.float32)
    return Layer(disk(), colour, np.zeros_like(colour))


@pytest.mark.parametrize("name", NAMES)
def test_rendered_subjects_have_solid_empty_and_mixed_pixels(name: str) -> None:
    layer = rendered(name)
    assert layer.size == (400, 640)
    assert layer.alpha.min() == 0.0
    assert layer.alpha.max() == 1.0
    mixed = (layer.alpha > 0.02) & (layer.alpha < 0.98)
    assert 0.04 < mixed.mean() < 0.4
    assert (layer.alpha >= 1.0).mean() > 0.1
    assert np.isfinite(layer.colour).all()
    assert layer.response[layer.alpha > 0.5].mean() > 0.0


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_order_gives_the_same_shot(level: str) -> None:
    order = Order("limbs", level, "green")
    first, second = (_shot(order, [grey_layer()], np.random.default_rng(3))[0] for _ in range(2))
    assert np.array_equal(first.plate, second.plate)
    assert np.array_equal(first.hint, second.hint)
    other = _shot(order, [grey_layer()], np.random.default_rng(4))[0]
    assert not np.array_equal(first.plate, other.plate)


def test_an_easy_plate_is_foreground_and_screen_in_linear_light() -> None:
    shot = _shot(Order("limbs", "easy", "green"), [grey_layer()], np.random.default_rng(3))[0]
    solid, empty = shot.alpha >= 1.0, shot.alpha <= 0.0
    assert shot.plate[solid].mean() == pytest.approx(0.3, abs=0.003)
    red, green, blue = shot.plate[empty].mean(axis=0)
    assert green > 2 * max(red, blue)
    half = np.abs(shot.alpha - 0.5) < 0.1
    mixed = 0.5 * (shot.plate[solid].mean(axis=0) + shot.plate[empty].mean(axis=0))
    assert shot.plate[half].mean(axis=0) == pytest.approx(mixed, abs=0.03)


def test_every_level_has_both_screens_and_every_subject() -> None:
    orders = stills(tuple(LEVELS), SUBJECTS)
    assert {(each.level, each.kind) for each in orders} == {
        (level, kind) for level in LEVELS for kind in ("green", "blue")
    }
    assert {each.subject for each in orders} == set(SUBJECTS)
    assert all(each.frames >= 4 for each in MOVING)


def test_movement_is_smooth_and_more_than_a_pixel_in_all() -> None:
    layer = rendered("fur")
    first, second, last = (_moved(layer, number).alpha for number in (0, 1, 5))
    assert 0.0 < np.abs(second - first).mean() < np.abs(last - first).mean()
    assert first.shape == (288, 400)


@pytest.mark.parametrize("codec", ["prores", "h264"])
def test_codecs_give_flat_colours_back(codec: str) -> None:
    flat = np.empty((64, 96, 3), np.float32)
    flat[:] = (0.2, 0.7, 0.35)
    back = camera.through_codec([flat, flat], codec, 18)
    assert len(back) == 2
    assert np.abs(back[1] - flat).max() < 0.02


def test_grain_is_as_strong_as_the_stock_says_and_alike_in_neighbours() -> None:
    scene = np.full((96, 96, 3), 0.25, np.float32)
    stock = camera.Stock(2000.0, 0.0, "none")
    grain = camera.shot_on([scene], stock, np.random.default_rng(1))[0] - 0.25
    red, green = (grain[2:-2, 2:-2, channel] for channel in (0, 1))
    assert red.std() > 1.05 * green.std()
    expected = np.sqrt(0.25 / 2000.0)
    assert 0.4 * expected < green.std() < 1.1 * expected
    assert np.mean(red[:, 1:] * red[:, :-1]) > 0.3 * red.var()


@pytest.mark.parametrize("draw", ROTOS)
def test_hints_are_rough_and_within_bounds(draw: Callable[..., Array]) -> None:
    truth = disk()
    hint = draw(truth, np.random.default_rng(2))
    assert hint.shape == truth.shape
    assert 0.0 <= hint.min() < 0.01
    assert 0.99 < hint.max() <= 1.0
    assert 0.002 < np.abs(hint - truth).mean() < 0.3


def test_careful_hints_stay_inside_and_generous_ones_outside() -> None:
    truth, rng = disk(), np.random.default_rng(2)
    assert roto.splines(truth, rng)[truth < 0.5].max() < 0.3
    assert roto.generous(truth, rng)[truth > 0.5].min() > 0.9
    kept = roto.partial(truth, rng).sum() / roto.splines(truth, rng).sum()
    assert kept == pytest.approx(0.9, abs=0.03)


def test_an_outline_covers_a_mesh_and_leaves_the_rest() -> None:
    mesh = np.zeros((120, 160), np.float32)
    mesh[20:100:6, 20:80] = 1.0
    drawn = roto.around(mesh)
    assert drawn[40:80, 40:60].min() > 0.4
    assert drawn[:, 100:].max() < 0.01


def test_fields_are_of_unit_deviation_and_smoother_with_a_steeper_slope() -> None:
    rough, smooth = (field((80, 100), np.random.default_rng(5), slope) for slope in (0.5, 2.5))
    for each in (rough, smooth):
        assert each.mean() == pytest.approx(0.0, abs=1e-4)
        assert each.std() == pytest.approx(1.0, abs=1e-3)
    assert np.abs(np.diff(smooth)).mean() < 0.3 * np.abs(np.diff(rough)).mean()


def test_spreading_is_a_centred_convolution() -> None:
    dot = np.zeros((9, 11), np.float32)
    dot[4, 5] = 1.0
    kernel = np.arange(15, dtype=np.float32).reshape(3, 5)
    assert spread(dot, kernel)[3:6, 3:8] == pytest.approx(kernel, abs=1e-4)


def test_a_screen_is_as_uneven_as_it_is_told() -> None:
    even = Light(0.0, 0.0, 0.0, 0, 0.0, False)
    paint = np.array((0.05, 0.4, 0.06))
    flat = screen((60, 80), disk(10, (60, 80)), paint, even, np.random.default_rng(1))
    assert np.ptp(flat[..., 1]) < 1e-5
    deep = Light(0.5, 0.0, 0.0, 0, 0.0, False)
    lit = screen((60, 80), disk(10, (60, 80)), paint, deep, np.random.default_rng(1))
    assert 0.15 < np.ptp(lit[..., 1]) <= 0.41


def test_training_and_the_held_out_set_share_nothing() -> None:
    for path in python_files("training"):
        found = [each for each in imports_of(path) if each.is_within("benchmarks.held_out")]
        assert not found, found
    for path in python_files("benchmarks/held_out"):
        found = [
            each
            for each in imports_of(path)
            if each.is_within("training", "benchmarks.layers", "benchmarks.subjects")
        ]
        assert not found, found


def test_a_made_hint_is_the_one_that_a_plate_without_a_hint_gets() -> None:
    shot = shoot(Order("limbs", "easy", "blue"))[0]
    made = hinted_by_plate(shot)
    plate = planes(shot.plate)
    expected = hint_seen(plate, None, survey([plate], "blue"))
    assert torch.equal(planes(made.hint), expected)
    inside = torch.from_numpy(shot.alpha >= 1.0)
    assert float(expected[0][inside].mean()) > 0.8
    assert float(expected[0][torch.from_numpy(shot.alpha <= 0.0)].mean()) < 0.05
