"""Chroma that a file halved comes back from luma; what was never halved stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from benchmarks.halved_chroma import ACROSS, BOTH, halved
from corridorkey_core import full_chroma
from corridorkey_core.chroma_siting import LEFT
from corridorkey_core.colour import linear_to_srgb, resolve, srgb_to_linear
from corridorkey_core.full_chroma import lacking, with_full_chroma
from corridorkey_core.infer import infer
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.preprocess import linear_plate
from corridorkey_core.screen import Screen
from tests.picture_files import plate_of, write

LUMA = torch.tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)


def strands(height: int = 96, width: int = 128, seed: int = 1, softness: float = 1.0) -> Tensor:
    """Bright strands of a few pixels before a green screen, linear [3, H, W]."""
    dice = torch.Generator().manual_seed(seed)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    covered = torch.zeros(height, width)
    for _ in range(14):
        at, lean, wide = torch.rand(3, generator=dice).tolist()
        away = (columns - width * at - (lean - 0.5) * 2.0 * rows).abs()
        covered = covered.maximum(((0.5 + 2.0 * wide - away) / softness + 0.5).clamp(0.0, 1.0))
    hair = torch.tensor([0.55, 0.36, 0.22]).view(3, 1, 1)
    screen = torch.tensor([0.05, 0.30, 0.08]).view(3, 1, 1)
    return covered * hair + (1.0 - covered) * screen


def sited_left(plate: Tensor, *, repeated: bool) -> Tensor:
    """The plate as a camera's 4:2:2 holds it: samples on every other pixel, and what is between."""
    code = linear_to_srgb(plate)
    luma = (code * LUMA).sum(0, keepdim=True)
    coarse = LEFT.halved(code - luma, -1)
    wide = coarse.repeat_interleave(2, -1) if repeated else LEFT.spread(coarse, -1, code.shape[-1])
    return srgb_to_linear((luma + wide).clamp(0.0, 1.0))


def error(plate: Tensor, expected: Tensor) -> float:
    return float((linear_to_srgb(plate) - linear_to_srgb(expected)).square().mean())


@pytest.mark.parametrize("by", [ACROSS, BOTH])
def test_halved_chroma_comes_back(by: tuple[int, int]) -> None:
    whole = strands()
    found = with_full_chroma(halved(whole, by))
    assert error(found, whole) < 0.4 * error(halved(whole, by), whole)


def test_chroma_of_a_jpeg_comes_back(tmp_path: Path) -> None:
    whole = strands()
    code = linear_to_srgb(whole).permute(1, 2, 0).contiguous().numpy()
    facts = {"Compression": "jpeg:95", "jpeg:subsampling": "4:2:0"}
    path = write(tmp_path / "plate.jpg", (255.0 * code + 0.5).astype(np.uint8), **facts)
    plate = linear_plate(plate_of(path), resolve("srgb"), torch.device("cpu"))[0]
    assert error(with_full_chroma(plate), whole) < 0.7 * error(plate, whole)


@pytest.mark.parametrize("softness", [1.0, 3.0, 8.0])
def test_a_plate_of_full_chroma_is_handed_on_as_it_is(softness: float) -> None:
    plate = strands(softness=softness)
    assert with_full_chroma(plate) is plate


def test_grain_of_every_channel_on_its_own_lacks_nothing() -> None:
    noise = 0.02 * torch.randn(3, 96, 128, generator=torch.Generator().manual_seed(2))
    plate = (strands() + noise).clamp(0.0, 1.0)
    assert with_full_chroma(plate) is plate


def shares(plate: Tensor) -> list[float]:
    """The least share that lacks across amid pixels, across on the left one, and down."""
    return [float(each.share.min()) for each in lacking(plate)]


def test_what_lacks_across_alone_is_told_from_what_lacks_both_ways() -> None:
    assert shares(halved(strands(), ACROSS)) == [1.0, 0.0, 0.0]
    assert shares(halved(strands(), BOTH)) == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("repeated", [True, False])
def test_samples_on_the_left_pixel_are_told_and_come_back(repeated: bool) -> None:
    whole = strands()
    plate = sited_left(whole, repeated=repeated)
    assert shares(plate)[:2] == [0.0, 1.0]
    assert error(with_full_chroma(plate), whole) < 0.3 * error(plate, whole)


@pytest.mark.parametrize("by", [ACROSS, BOTH])
def test_luma_stays(by: tuple[int, int]) -> None:
    plate = halved(strands(), by)
    before, after = ((linear_to_srgb(each) * LUMA).sum(0) for each in (plate, inside(plate)))
    assert float((before - after).abs().max()) < 1e-5


def inside(plate: Tensor) -> Tensor:
    """The plate completed, where no channel met the ends of its range."""
    found = with_full_chroma(plate)
    met = ((found <= 0.0) | (found >= 1.0)).any(dim=0)
    return torch.where(met, plate, found)


def test_a_flat_and_a_grey_plate_stay() -> None:
    flat = torch.full((3, 40, 40), 0.3)
    assert torch.allclose(with_full_chroma(flat), flat, atol=1e-6)
    grey = strands()[:1].expand(3, -1, -1)
    assert torch.allclose(with_full_chroma(grey), grey, atol=1e-5)


def test_light_above_one_and_below_zero_stays_to_the_bit() -> None:
    plate = halved(strands(), BOTH)
    plate[:, 10:20, 30:50] = torch.tensor([4.0, -0.02, 0.5]).view(3, 1, 1)
    found = with_full_chroma(plate)
    outside = (plate > 1.0) | (plate < 0.0)
    assert found is not plate
    assert torch.equal(found[outside], plate[outside])


def test_several_at_once_are_answered_as_each_alone() -> None:
    plates = [strands(seed=3), halved(strands(seed=4), ACROSS), halved(strands(seed=5), BOTH)]
    plates.append(sited_left(strands(seed=6), repeated=False))
    together = with_full_chroma(torch.stack(plates, dim=1))
    for at, plate in enumerate(plates):
        assert torch.allclose(together[:, at], with_full_chroma(plate), atol=1e-5)


@pytest.mark.parametrize("on_left", [True, False])
def test_parts_of_a_plate_are_completed_as_the_whole(
    monkeypatch: pytest.MonkeyPatch, on_left: bool
) -> None:
    whole = strands(97, 128)
    plate = sited_left(whole, repeated=True) if on_left else halved(whole, BOTH)
    completed = with_full_chroma(plate)
    monkeypatch.setattr(full_chroma, "PIXELS", 10 * 128)
    assert torch.equal(with_full_chroma(plate), completed)


def test_some_rows_of_a_large_plate_tell_what_it_lacks() -> None:
    large = halved(strands().repeat(1, 24, 12), BOTH)
    assert large.shape[-2] * large.shape[-1] > 3 * full_chroma.ENOUGH
    assert shares(large) == [1.0, 0.0, 1.0]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([ACROSS, BOTH]))
def test_any_size_is_answered_in_its_range(height: int, width: int, by: tuple[int, int]) -> None:
    plate = halved(strands(height, width), by)
    found = with_full_chroma(plate)
    assert found.shape == plate.shape
    assert bool(torch.isfinite(found).all())
    assert 0.0 <= float(found.min()) <= float(found.max()) <= 1.0


class Onlooker:
    """A keyer that keeps the plate it was given."""

    name = identity = "onlooker"

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:  # noqa: ARG002
        self.plate = plate
        return Prediction(hint, plate)

    def economise(self) -> str | None:
        return None

    def close(self) -> None:
        """Nothing is held."""


def test_keyers_see_full_chroma_of_green_and_of_blue_screens() -> None:
    plate, hint, keyer = halved(strands(), ACROSS), torch.zeros(1, 96, 128), Onlooker()
    infer(keyer, plate, hint, Screen("green"))
    assert torch.equal(keyer.plate, with_full_chroma(plate))
    prediction = infer(keyer, plate, hint, Screen("blue"))
    assert torch.equal(keyer.plate, with_full_chroma(plate)[[0, 2, 1]])
    assert torch.equal(prediction.foreground, with_full_chroma(plate))


@pytest.mark.gpu
def test_a_gpu_completes_a_plate_as_the_cpu_does() -> None:
    plate = halved(strands(), BOTH)
    found = with_full_chroma(plate.cuda()).cpu()
    assert torch.allclose(found, with_full_chroma(plate), atol=1e-4)  # slopes amplify rounding
