"""A keyer's answer becomes passes: order, storage, and agreement between the passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.colour import resolve
from corridorkey_core.composite import over
from corridorkey_core.frames import Pixels
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.postprocess import Keyed, passes, postprocess
from corridorkey_core.screen import Screen
from corridorkey_core.settings import PASSES, Settings
from tests.golden.make_golden import CASES, STORED, case_results, scene

GREEN = Screen("green", (0.09, 0.42, 0.12))
LINEAR, SRGB = resolve("linear").from_linear, resolve("srgb").from_linear
FILE_TYPES = ["float16", "float32", "uint16", "uint8"]
FULL = {"uint8": 255, "uint16": 65535}
PLAIN = Settings(restore_source=False, despill="off", despeckle_area=0)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def keyed_noise(height: int, width: int, seed: int = 0) -> Keyed:
    matte = (1.5 * noise(1, height, width, seed=seed) - 0.25).clamp(0, 1)
    return Keyed(matte, 6.0 * noise(3, height, width, seed=seed + 1) - 0.5)


def test_settings_that_ask_for_nothing_give_the_keyers_own_answer() -> None:
    prediction = Prediction(noise(1, 20, 30), noise(3, 20, 30, seed=1))
    keyed = postprocess(prediction, noise(3, 20, 30, seed=2), GREEN, PLAIN)
    assert torch.equal(keyed.matte, prediction.alpha)
    assert torch.equal(keyed.foreground, prediction.foreground)


def test_inputs_are_not_changed() -> None:
    prediction = Prediction(noise(1, 20, 30), noise(3, 20, 30, seed=1))
    plate = 3.0 * noise(3, 20, 30, seed=2)
    copies = prediction.alpha.clone(), prediction.foreground.clone(), plate.clone()
    everything = Settings(clip_black=0.1, matte_gamma=1.2, shrink_grow=-1.5, soften=1.0)
    keyed = postprocess(prediction, plate, GREEN, everything)
    passes(keyed, LINEAR, "float32", PASSES)
    now = prediction.alpha, prediction.foreground, plate
    assert all(torch.equal(a, b) for a, b in zip(copies, now, strict=True))


def test_4_in_a_solid_area_is_4_in_the_file() -> None:
    plate = torch.full((3, 64, 64), 4.0)
    prediction = Prediction(torch.ones(1, 64, 64), torch.ones(3, 64, 64))
    stored = passes(postprocess(prediction, plate, GREEN, Settings()), LINEAR, "float16", PASSES)
    assert (stored["fg"] == 4.0).all()
    assert (stored["processed"][..., :3] == 4.0).all()
    assert (stored["matte"] == 1.0).all()


def test_the_result_over_its_screen_is_the_plate() -> None:
    alpha, foreground, plate, _ = scene("green")
    screen = Screen("green", (0.08, 0.35, 0.1))
    settings_ = Settings(despill="off", despeckle_area=0)
    keyed = postprocess(Prediction(alpha, foreground.clamp(0, 1)), plate, screen, settings_)
    again = over(keyed.foreground, keyed.matte, torch.tensor(screen.colour).view(3, 1, 1))
    assert (again - plate).abs().mean() < 2e-3
    exact = postprocess(Prediction(alpha, foreground), plate, screen, settings_)
    again = over(exact.foreground, exact.matte, torch.tensor(screen.colour).view(3, 1, 1))
    assert (again - plate).abs().max() < 1e-4


@pytest.mark.parametrize("kind", ["green", "blue"])
def test_restored_detail_is_despilled(kind: str) -> None:
    screen = Screen(kind, (0.1, 0.1, 0.1))
    plate = torch.full((3, 40, 40), 0.2)
    plate[screen.channel] = 0.6
    prediction = Prediction(torch.ones(1, 40, 40), torch.full((3, 40, 40), 0.2))
    keyed = postprocess(prediction, plate, screen, Settings())
    assert torch.allclose(keyed.foreground, torch.full((3, 40, 40), 0.2))


def test_specks_go_before_the_edge_is_softened_or_grown() -> None:
    alpha = torch.zeros(1, 60, 60)
    alpha[:, 40:] = 1.0
    alpha[0, 10, 10] = 1.0
    prediction = Prediction(alpha, torch.zeros(3, 60, 60))
    keyed = postprocess(
        prediction, torch.zeros(3, 60, 60), GREEN, Settings(shrink_grow=8.0, soften=3.0)
    )
    assert not keyed.matte[:, :20].any()


@pytest.mark.parametrize("file_type", FILE_TYPES)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (13, 7)])
def test_passes_have_the_files_type_and_shape(file_type: str, size: tuple[int, int]) -> None:
    stored = passes(keyed_noise(*size), SRGB, file_type, PASSES)
    channels = {"matte": 1, "fg": 3, "processed": 4, "comp": 3}
    assert {name: pixels.shape for name, pixels in stored.items()} == {
        name: (*size, count) for name, count in channels.items()
    }
    for name, pixels in stored.items():
        assert pixels.dtype.name == ("uint8" if name == "comp" else file_type)
        assert pixels.flags.c_contiguous


@pytest.mark.parametrize("wanted", [("matte",), ("fg",), ("processed",), ("comp",), PASSES[:2]])
def test_only_what_is_wanted_is_made(wanted: tuple[str, ...]) -> None:
    def unwanted(_image: Tensor) -> Tensor:
        raise AssertionError("nobody asked for colour")

    colour = {"fg", "processed"} & set(wanted)
    stored = passes(keyed_noise(8, 8), LINEAR if colour else unwanted, "float16", wanted)
    assert set(stored) == set(wanted)


@pytest.mark.parametrize("file_type", FILE_TYPES)
def test_passes_do_not_depend_on_which_others_are_made(file_type: str) -> None:
    keyed = keyed_noise(21, 34)
    together = passes(keyed, SRGB, file_type, PASSES)
    for name in PASSES:
        alone = passes(keyed, SRGB, file_type, (name,))[name]
        assert np.array_equal(alone, together[name])


def rounded(product: np.ndarray[Any, Any], file_type: str) -> Pixels:
    if file_type.startswith("float"):
        return product.astype(file_type)
    return np.floor(product / FULL[file_type] + 0.5).astype(file_type)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 9999), file_type=st.sampled_from(FILE_TYPES))
def test_processed_is_fg_as_stored_times_matte_as_stored(seed: int, file_type: str) -> None:
    stored = passes(keyed_noise(16, 17, seed), SRGB, file_type, PASSES)
    assert np.array_equal(stored["processed"][..., 3:], stored["matte"])
    product = stored["fg"].astype(np.float64) * stored["matte"].astype(np.float64)
    assert np.array_equal(stored["processed"][..., :3], rounded(product, file_type))


@pytest.mark.parametrize("file_type", ["uint8", "uint16"])
def test_integers_are_rounded_to_nearest_and_clamped(file_type: str) -> None:
    full = FULL[file_type]
    values = torch.tensor([-1.0, 0.0, 0.49 / full, 0.51 / full, 0.5, 1.0, 4.0])
    image = values.view(1, 1, -1).expand(3, 1, -1).contiguous()
    keyed = Keyed(values.clamp(0, 1).view(1, 1, -1), image)
    stored = passes(keyed, LINEAR, file_type, ("fg", "matte"))
    half = round(0.5 * full)
    assert stored["fg"][0, :, 0].tolist() == [0, 0, 0, 1, half, full, full]
    assert stored["matte"][0, :, 0].tolist() == [0, 0, 0, 1, half, full, full]


def test_every_word_survives_the_way_to_the_host() -> None:
    words = torch.arange(65536, dtype=torch.float32).view(1, 256, 256)
    keyed = Keyed(words / 65535, torch.zeros(3, 256, 256))
    stored = passes(keyed, LINEAR, "uint16", ("matte",))["matte"]
    assert np.array_equal(stored[..., 0], np.arange(65536, dtype=np.uint16).reshape(256, 256))


def test_every_product_of_bytes_is_rounded_once() -> None:
    every = torch.arange(256, dtype=torch.float32) / 255
    keyed = Keyed(every.view(1, 256, 1).expand(1, 256, 256), every.expand(3, 256, 256))
    stored = passes(keyed, LINEAR, "uint8", ("processed",))["processed"]
    table = np.arange(256)[:, None] * np.arange(256)[None]
    assert np.array_equal(stored[..., 0], (table + 127) // 255)


def test_halves_are_held_to_their_largest_value() -> None:
    image = torch.tensor([1e9, -1e9, 65504.0, 65519.0, 65530.0]).view(1, 1, 5).expand(3, 1, 5)
    stored = passes(Keyed(torch.ones(1, 1, 5), image), LINEAR, "float16", ("fg", "processed"))
    assert np.isfinite(stored["fg"]).all()
    assert stored["fg"][0, :, 0].tolist() == [65504, -65504, 65504, 65504, 65504]
    assert np.isfinite(stored["processed"]).all()


def test_colour_is_stored_in_its_space_and_alpha_is_not_converted() -> None:
    keyed = Keyed(torch.full((1, 2, 2), 0.5), torch.full((3, 2, 2), 0.2140411))
    stored = passes(keyed, SRGB, "float32", PASSES)
    assert np.allclose(stored["fg"], 0.5, atol=1e-5)
    assert (stored["matte"] == 0.5).all()
    assert np.allclose(stored["processed"], [0.25, 0.25, 0.25, 0.5], atol=1e-5)


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_looks_as_it_did(name: str) -> None:
    kept = np.load(STORED)
    for part, pixels in case_results(name).items():
        wanted = kept[f"{name}_{part}"].astype(np.float32)
        error = np.abs(pixels.astype(np.float32) - wanted) / (1.0 + np.abs(wanted))
        worst = np.unravel_index(int(error.argmax()), error.shape)
        assert error.max() < 1e-3, (
            f"{part}: {error.max():.5f} at {worst}, mean {error.mean():.6f}; if the new picture "
            "is the better one, run tests/golden/make_golden.py"
        )
        assert error.mean() < 1e-4


@pytest.mark.gpu
@pytest.mark.parametrize("file_type", FILE_TYPES)
def test_every_device_gives_the_same_passes(file_type: str) -> None:
    alpha, foreground, plate, _ = scene("green")
    own = Settings(shrink_grow=-1.5, soften=0.7, clip_black=0.02)
    host = postprocess(Prediction(alpha, foreground), plate, GREEN, own)
    device = postprocess(Prediction(alpha.cuda(), foreground.cuda()), plate.cuda(), GREEN, own)
    for name, pixels in passes(device, SRGB, file_type, PASSES).items():
        there = pixels.astype(np.float64)
        here = passes(host, SRGB, file_type, PASSES)[name].astype(np.float64)
        step = 1.0 if pixels.dtype.kind == "u" else 5e-3
        assert np.abs(there - here).max() <= step
