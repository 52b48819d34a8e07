"""Despill takes the screen's excess and nothing else."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.despill import LIMITS, despill
from corridorkey_core.preprocess import as_green
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings

MODES = st.sampled_from(sorted(LIMITS))
KINDS = st.sampled_from(["green", "blue"])
VALUES = st.floats(-4, 65504, width=32) | st.floats(-1, 2, width=32)
PIXELS = st.tuples(VALUES, VALUES, VALUES)


def pixel(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).view(3, 1, 1)


@given(PIXELS, MODES, KINDS, st.floats(0, 1))
def test_only_the_screens_channel_changes_and_only_downwards(
    values: tuple[float, float, float], mode: str, kind: str, strength: float
) -> None:
    image, screen = pixel(*values), Screen(kind)
    before = image.clone()
    result = despill(image, screen, mode, strength)
    others = [channel for channel in range(3) if channel != screen.channel]
    assert torch.equal(result[others], image[others])
    assert result[screen.channel] <= image[screen.channel]
    assert result[screen.channel] >= min(0.0, float(image[screen.channel])) - 1e-2
    assert torch.equal(image, before)


@given(PIXELS, MODES, KINDS)
def test_full_strength_reaches_the_limit_and_is_enough_once(
    values: tuple[float, float, float], mode: str, kind: str
) -> None:
    screen = Screen(kind)
    once = despill(pixel(*values), screen, mode, 1.0)
    twice = despill(once, screen, mode, 1.0)
    assert torch.allclose(once, twice, rtol=1e-5, atol=1e-5)


@given(PIXELS, MODES, KINDS)
def test_off_and_no_strength_are_the_identity(
    values: tuple[float, float, float], mode: str, kind: str
) -> None:
    image = pixel(*values)
    assert torch.equal(despill(image, Screen(kind), "off", 1.0), image)
    assert torch.equal(despill(image, Screen(kind), mode, 0.0), image)


@given(PIXELS, MODES, st.floats(0, 1))
def test_a_blue_screen_is_treated_as_a_green_one(
    values: tuple[float, float, float], mode: str, strength: float
) -> None:
    image = pixel(*values)
    green = despill(image, Screen("green"), mode, strength)
    blue = despill(as_green(image, "blue"), Screen("blue"), mode, strength)
    assert torch.equal(as_green(blue, "blue"), green)


@given(PIXELS, KINDS)
def test_a_colour_without_excess_is_left_alone(
    values: tuple[float, float, float], kind: str
) -> None:
    ordered = sorted(values)
    channel = Screen(kind).channel
    chosen = [ordered[1], ordered[2], ordered[2]]
    chosen[channel] = ordered[0]
    assert torch.equal(despill(pixel(*chosen), Screen(kind), "limit", 1.0), pixel(*chosen))


@pytest.mark.parametrize(
    ("mode", "kind", "expected"),
    [
        ("limit", "green", (0.3, 0.3, 0.1)),
        ("average", "green", (0.3, 0.2, 0.1)),
        ("double_average", "green", (0.3, 0.7 / 3, 0.1)),
        ("limit", "blue", (0.3, 0.9, 0.1)),
        ("average", "blue", (0.3, 0.9, 0.1)),
    ],
)
def test_known_answers(mode: str, kind: str, expected: tuple[float, float, float]) -> None:
    result = despill(pixel(0.3, 0.9, 0.1), Screen(kind), mode, 1.0)
    assert torch.allclose(result, pixel(*expected))


def test_strength_is_the_share_of_the_excess() -> None:
    result = despill(pixel(0.2, 0.8, 0.4), Screen("green"), "limit", 0.25)
    assert torch.allclose(result, pixel(0.2, 0.7, 0.4))


def test_bright_neutrals_and_negatives_stay() -> None:
    for values in ((4.0, 4.0, 4.0), (-0.2, -0.3, -0.1), (9.0, 4.0, -1.0)):
        assert torch.equal(despill(pixel(*values), Screen("green"), "limit", 1.0), pixel(*values))


def test_negative_neighbours_do_not_pull_the_channel_below_0() -> None:
    result = despill(pixel(-0.5, 0.1, -0.5), Screen("green"), "average", 1.0)
    assert torch.equal(result, pixel(-0.5, 0.0, -0.5))


def test_every_choice_of_the_setting_is_known() -> None:
    choices = next(fact.choices for fact in Settings.parameters() if fact.name == "despill")
    assert set(choices) == {"off", *LIMITS}
