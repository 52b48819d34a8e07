"""Files' pixels become linear, finite planes of the right size, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.colour import ColourSpace, resolve
from corridorkey_core.frames import Header, Hint, Pixels, Plate, Window
from corridorkey_core.preprocess import as_green, fitted_hint, linear_plate

CPU = torch.device("cpu")
LINEAR, SRGB = resolve("linear"), resolve("srgb")


def plate_of(pixels: Pixels, space: str = "linear") -> Plate:
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    return Plate(1, "plate.exr", pixels, Header(window, window), space)


def hint_of(pixels: Pixels) -> Hint:
    return Hint(1, "hint.png", pixels, "Y")


def noise(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


@pytest.mark.parametrize(("kind", "full"), [("uint8", 255), ("uint16", 65535)])
def test_integers_are_full_range_and_exact(kind: str, full: int) -> None:
    values = np.linspace(0, full, 3 * 256).astype(kind).reshape(16, 16, 3)
    linear, repaired = linear_plate(plate_of(values), LINEAR, CPU)
    assert repaired == 0
    assert linear.shape == (3, 16, 16)
    assert linear.min() == 0.0
    assert linear.max() == 1.0
    expected = torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1) / full
    assert torch.equal(linear, expected)


@pytest.mark.parametrize("kind", ["float16", "float32"])
def test_floats_keep_their_range(kind: str) -> None:
    values = np.array([[[-0.25, 4.0, 0.0]], [[65504.0, 1.0, 1e-5]]], dtype=kind)
    linear, _ = linear_plate(plate_of(values), LINEAR, CPU)
    assert torch.equal(linear, torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1))


def test_the_curve_of_the_space_is_undone() -> None:
    grey = np.full((2, 2, 3), 188, np.uint8)
    linear, _ = linear_plate(plate_of(grey, "srgb"), SRGB, CPU)
    assert float(linear[0, 0, 0]) == pytest.approx(0.5028865, abs=1e-5)


def awkward(pixels: Pixels) -> list[Pixels]:
    locked = pixels.copy()
    locked.setflags(write=False)
    return [
        locked,
        pixels.astype(pixels.dtype.newbyteorder(">")),
        np.asfortranarray(pixels),
        np.repeat(pixels, 2, axis=1)[:, ::2],
        pixels[::-1].copy()[::-1],
    ]


@pytest.mark.parametrize("kind", ["uint16", "float16"])
def test_the_layout_of_the_array_does_not_matter(kind: str) -> None:
    pixels = (noise(5, 7, 3) * (60000 if kind == "uint16" else 1)).astype(kind)
    expected, _ = linear_plate(plate_of(pixels), LINEAR, CPU)
    for variant in awkward(pixels):
        assert torch.equal(linear_plate(plate_of(variant), LINEAR, CPU)[0], expected)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (7, 5)])
def test_the_file_is_not_changed_by_what_is_done_to_the_plate(shape: tuple[int, int]) -> None:
    pixels = noise(*shape, 3)
    before = pixels.copy()
    for space in (LINEAR, SRGB):
        linear_plate(plate_of(pixels), space, CPU)[0].add_(1.0)
        assert np.array_equal(pixels, before)


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_broken_pixel_is_counted_replaced_and_does_not_spread(broken: float) -> None:
    pixels = 0.4 + 0.2 * noise(33, 47, 3)
    whole, _ = linear_plate(plate_of(pixels), SRGB, CPU)
    hurt = pixels.copy()
    hurt[7, 11, 1] = hurt[20:24, 30:33, :] = broken
    repaired, count = linear_plate(plate_of(hurt), SRGB, CPU)
    assert count == 1 + 4 * 3
    untouched = torch.from_numpy(np.isfinite(hurt)).permute(2, 0, 1)
    assert torch.equal(repaired[untouched], whole[untouched])
    assert repaired.isfinite().all()
    assert repaired[~untouched].min() >= whole.min() - 1e-5
    assert repaired[~untouched].max() <= whole.max() + 1e-5


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    seed=st.integers(0, 99),
    share=st.sampled_from([0.1, 0.6, 1.0]),
)
def test_any_mixture_of_broken_pixels_gives_a_finite_plate(
    height: int, width: int, seed: int, share: float
) -> None:
    random = np.random.default_rng(seed)
    pixels = random.random((height, width, 3)).astype(np.float32) * 1e38
    hurt = random.random(pixels.shape) < share
    pixels[hurt] = random.choice([np.nan, np.inf, -np.inf], int(hurt.sum()))
    linear, count = linear_plate(plate_of(pixels), LINEAR, CPU)
    assert linear.isfinite().all()
    assert count == int((~np.isfinite(pixels)).any(axis=2).sum())


def test_a_curve_that_ends_in_infinity_still_gives_a_finite_plate() -> None:
    def burst(encoded: Tensor) -> Tensor:
        return torch.exp(encoded * 100.0)

    space = ColourSpace("steep", False, burst, torch.log)
    linear, repaired = linear_plate(plate_of(np.full((3, 3, 3), 2.0, np.float32)), space, CPU)
    assert repaired == 0
    assert torch.equal(linear, torch.full((3, 3, 3), 65504.0))


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16", "float32"])
def test_a_hint_of_the_plates_size_is_taken_as_it_is(kind: str) -> None:
    full = {"uint8": 255, "uint16": 65535}.get(kind, 1)
    pixels = (noise(6, 10) * full).astype(kind)
    hint = fitted_hint(hint_of(pixels), (6, 10), CPU)
    assert hint.shape == (1, 6, 10)
    assert torch.allclose(hint[0], torch.from_numpy(pixels.astype(np.float32) / full), atol=1e-7)


def test_a_hint_is_held_to_0_and_1_and_nan_is_nothing() -> None:
    pixels = np.array([[np.nan, np.inf, -np.inf], [1.5, -0.5, 0.25]], np.float32)
    expected = torch.tensor([[[0.0, 1.0, 0.0], [1.0, 0.0, 0.25]]])
    assert torch.equal(fitted_hint(hint_of(pixels), (2, 3), CPU), expected)


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (40, 70), (1, 64)])
def test_a_hint_of_another_size_is_resampled(size: tuple[int, int]) -> None:
    flat = fitted_hint(hint_of(np.full((20, 30), 51, np.uint8)), size, CPU)
    assert flat.shape == (1, *size)
    assert torch.allclose(flat, torch.full((1, *size), 0.2), atol=1e-6)


def test_shrinking_a_hint_is_antialiased() -> None:
    stripes = np.tile(np.array([0, 0, 255], np.uint8), (60, 40))
    small = fitted_hint(hint_of(stripes), (13, 17), CPU)
    assert float((small - 1 / 3).abs()[..., 2:-2].max()) < 0.02


def test_nan_does_not_spread_when_a_hint_is_resampled() -> None:
    pixels = np.ones((40, 40), np.float32)
    pixels[3, 3] = np.nan
    small = fitted_hint(hint_of(pixels), (20, 20), CPU)
    assert small.isfinite().all()
    assert torch.equal(small[:, 6:], torch.ones(1, 14, 20))


def test_green_and_blue_change_places_for_a_blue_screen_only() -> None:
    image = torch.from_numpy(noise(3, 4, 5))
    swapped = as_green(image, "blue")
    assert torch.equal(swapped, image[[0, 2, 1]])
    assert torch.equal(as_green(swapped, "blue"), image)
    assert torch.equal(as_green(image, "green"), image)


def test_a_plate_is_the_same_whatever_was_read_before() -> None:
    first = plate_of(noise(8, 8, 3))
    expected = linear_plate(first, SRGB, CPU)[0]
    linear_plate(replace(first, pixels=np.full((8, 8, 3), np.nan, np.float32)), SRGB, CPU)
    assert torch.equal(linear_plate(first, SRGB, CPU)[0], expected)
