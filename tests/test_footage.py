"""Plates and hints, paired by number and laid over each other by their windows."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.errors import ReadError
from corridorkey_core.footage import Footage, open_footage
from corridorkey_core.frames import Header, Pixels, Window
from corridorkey_core.hint_fit import fitted
from corridorkey_core.sequence import find_sequence
from corridorkey_core.settings import Settings
from tests.movie_files import HEIGHT, WIDTH, write_movie
from tests.picture_files import cut_short, noise, write

PLATE, HINT = "plate/shot.####.exr", "hint/mask.####.exr"


def footage(folder: Path, plate: str = PLATE, hint: str = HINT, **settings: Any) -> Footage:
    found = find_sequence(str(folder / hint)) if hint else None
    return open_footage(find_sequence(str(folder / plate)), found, Settings(**settings))


def constant(value: float, height: int = 24, width: int = 32, channels: int = 1) -> Pixels:
    return np.full((height, width, channels), value, np.float16)


def shot(folder: Path, plates: range, hints: range) -> Path:
    """Plates and hints whose value is their number, in thousands of a thousandth."""
    for number in plates:
        write(folder / f"plate/shot.{number:04d}.exr", constant(number, channels=3))
    for number in hints:
        write(folder / f"hint/mask.{number:04d}.exr", constant(number), ["Y"])
    return folder


def test_plate_and_hint_are_paired_by_number_not_by_place(tmp_path: Path) -> None:
    with footage(shot(tmp_path, range(10, 14), range(12, 20))) as both:
        assert both.numbers == (10, 11, 12, 13)
        for number in (13, 12):
            frame = both.read(number)
            assert frame.hint is not None
            assert (frame.number, frame.hint.number) == (number, number)
            assert (frame.plate.pixels == number).all()
            assert (frame.hint.pixels == number).all()
            assert frame.hint.path.endswith(f"mask.{number:04d}.exr")
        with pytest.raises(ReadError, match="hint has no frame 11; it has 12-19") as caught:
            both.read(11)
    assert (caught.value.frame, caught.value.stage) == (11, "read")
    assert str(caught.value.path).endswith("mask.0011.exr")


def test_a_single_file_is_its_own_frame_alone(tmp_path: Path) -> None:
    shot(tmp_path, range(1, 4), range(1, 4))
    with footage(tmp_path, "plate/shot.0002.exr", "hint/mask.0002.exr") as both:
        assert both.numbers == (2,)
        assert (both.read(2).plate.pixels == 2).all()
        with pytest.raises(ReadError, match="plate has no frame 3"):
            both.read(3)


def test_a_still_hint_holds_for_every_frame(tmp_path: Path) -> None:
    shot(tmp_path, range(1, 4), range(0))
    write(tmp_path / "garbage_v02.png", np.full((24, 32, 1), 200, np.uint8))
    with footage(tmp_path, hint="garbage_v02.png") as both:
        for number in both.numbers:
            hint = both.read(number).hint
            assert hint is not None
            assert hint.number == number
            assert (hint.pixels == 200).all()


def test_a_still_plate_is_one_frame(tmp_path: Path) -> None:
    write(tmp_path / "plate.exr", constant(0.5, channels=3))
    with footage(tmp_path, "plate.exr", "") as alone:
        assert alone.numbers == (1,)
        assert alone.read(1).hint is None


def test_holes_in_a_range_fail_alone(tmp_path: Path) -> None:
    shot(tmp_path, range(1, 6), range(1, 6))
    (tmp_path / "plate/shot.0003.exr").unlink()
    with footage(tmp_path, "plate/shot.1-5####.exr") as both:
        assert both.numbers == (1, 2, 3, 4, 5)
        with pytest.raises(ReadError, match="no such file") as caught:
            both.read(3)
        assert (both.read(4).plate.pixels == 4).all()
    assert caught.value.frame == 3


@pytest.mark.parametrize("which", ["plate/shot", "hint/mask"])
def test_a_file_cut_short_fails_alone(tmp_path: Path, which: str) -> None:
    path = shot(tmp_path, range(1, 4), range(1, 4)) / f"{which}.0002.exr"
    shutil.move(cut_short(path, 0.8), path)
    with footage(tmp_path) as both:
        with pytest.raises(ReadError, match=r"damaged|cannot be read") as caught:
            both.read(2)
        assert (caught.value.frame, caught.value.path) == (2, str(path))
        assert (both.read(3).plate.pixels == 3).all()


def test_many_threads_read_at_once(tmp_path: Path) -> None:
    with footage(shot(tmp_path, range(1, 25), range(1, 25))) as both:
        with ThreadPoolExecutor(6) as pool:
            frames = list(pool.map(both.read, both.numbers))
        assert [frame.plate.pixels[0, 0, 0] for frame in frames] == list(range(1, 25))
        assert [frame.hint.pixels[0, 0] for frame in frames if frame.hint] == list(range(1, 25))


@pytest.mark.parametrize(
    ("name", "dtype", "settings", "facts", "space"),
    [
        ("a.1.exr", "float16", {}, {}, "linear"),
        ("a.1.png", "uint8", {}, {}, "srgb"),
        ("a.1.dpx", "uint16", {}, {}, "srgb"),
        ("a.1.tif", "float32", {}, {}, "linear"),
        ("a.1.exr", "float16", {}, {"colorInteropID": "lin_ap1_scene"}, "ACEScg"),
        ("a.1.exr", "float16", {"colour_space": "srgb"}, {}, "srgb"),
        ("a.1.png", "uint8", {"colour_space": "ACEScct"}, {}, "ACEScct"),
    ],
)
def test_the_plates_space(
    tmp_path: Path,
    name: str,
    dtype: str,
    settings: dict[str, str],
    facts: dict[str, Any],
    space: str,
) -> None:
    write(tmp_path / name, noise(dtype), **facts)
    with footage(tmp_path, name, "", **settings) as alone:
        assert alone.read(1).plate.space == space


def test_layer_and_channel_come_from_the_settings(tmp_path: Path) -> None:
    pixels = noise("float16", channels=5)
    names = ["bg.R", "bg.G", "bg.B", "mask.core", "mask.edge"]
    write(tmp_path / "a.1.exr", pixels, names)
    with footage(
        tmp_path, "a.1.exr", "a.1.exr", plate_layer="bg", hint_channel="mask.edge"
    ) as both:
        frame = both.read(1)
        assert frame.hint is not None
        np.testing.assert_array_equal(frame.plate.pixels, pixels[..., :3])
        np.testing.assert_array_equal(frame.hint.pixels, pixels[..., 4])
        assert frame.hint.channel == "mask.edge"
        assert "[mask.edge]" in both.identity(1)
        assert "[bg]" in both.identity(1)


def test_an_identity_changes_when_a_file_does(tmp_path: Path) -> None:
    shot(tmp_path, range(1, 3), range(1, 3))
    with footage(tmp_path) as both:
        first, other = both.identity(1), both.identity(2)
        assert first == both.identity(1)
        assert "shot.0001.exr" in first
        assert "mask.0001.exr" in first
        os.utime(tmp_path / "plate/shot.0001.exr", ns=(1, 1))
        touched = both.identity(1)
        (tmp_path / "hint/mask.0001.exr").unlink()
        assert len({first, touched, both.identity(1), other}) == 4
        assert both.identity(2) == other


def test_an_identity_does_not_hang_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with footage(shot(tmp_path, range(1, 2), range(1, 2))) as both:
        whole = both.identity(1)
    monkeypatch.chdir(tmp_path)
    with footage(Path()) as both:
        assert both.identity(1) == whole


def test_frame_bytes_are_those_of_a_frame(tmp_path: Path) -> None:
    shot(tmp_path, range(1, 4), range(1, 4))
    (tmp_path / "plate/shot.0001.exr").write_bytes(b"broken")
    with footage(tmp_path) as both:
        assert both.read(2).nbytes <= both.frame_bytes == 24 * 32 * (3 * 2 + 4)
    with footage(tmp_path, hint="") as alone:
        assert alone.frame_bytes == alone.read(2).nbytes


def test_a_movie_is_plate_and_hint_at_once(tmp_path: Path) -> None:
    write_movie(tmp_path / "a.mov", "prores_ks", "yuva444p10le", options={"profile": "4444"})
    with footage(tmp_path, "a.mov", "a.mov") as both:
        assert both.numbers[:2] == (1, 2)
        with ThreadPoolExecutor(3) as pool:
            frames = list(pool.map(both.read, both.numbers))
        assert all(frame.hint and frame.hint.channel == "A" for frame in frames)
        assert frames[0].plate.pixels.shape == (HEIGHT, WIDTH, 3)
        assert frames[0].plate.space == "srgb"
        assert frames[0].nbytes <= both.frame_bytes


def test_a_movie_that_fails_to_open_leaves_none_open(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mov", "prores_ks", "yuv422p10le")
    plate = find_sequence(str(path))
    bad = find_sequence(str(shutil.copy(path, tmp_path / "b.mov")))
    (tmp_path / "b.mov").write_bytes(b"gone")
    before = len(os.listdir("/proc/self/fd")) if Path("/proc").is_dir() else 0  # noqa: PTH208
    with pytest.raises(ReadError, match="cannot be read"):
        open_footage(plate, bad, Settings())
    after = len(os.listdir("/proc/self/fd")) if Path("/proc").is_dir() else 0  # noqa: PTH208
    assert after == before


def test_a_hint_of_another_size_is_refused_or_resampled(tmp_path: Path) -> None:
    write(tmp_path / "a.1.exr", constant(0.5, channels=3))
    write(tmp_path / "h.1.png", np.full((12, 16, 1), 255, np.uint8))
    with (
        footage(tmp_path, "a.1.exr", "h.1.png") as both,
        pytest.raises(ReadError, match=r"hint is 16 x 12, the plate 32 x 24.*hint_fit") as caught,
    ):
        both.read(1)
    assert str(caught.value.path).endswith("h.1.png")
    with footage(tmp_path, "a.1.exr", "h.1.png", hint_fit="resample") as both:
        hint = both.read(1).hint
        assert hint is not None
        assert hint.pixels.shape == (24, 32)
        np.testing.assert_allclose(hint.pixels, 1.0, atol=1e-6)


def plain(width: int, height: int) -> Header:
    window = Window(0, 0, width, height)
    return Header(window, window)


def test_a_hint_of_the_plates_pixels_is_taken_as_it_is() -> None:
    pixels = noise("float16", 24, 32, 1)[..., 0]
    assert fitted(pixels, plain(32, 24), plain(32, 24), "refuse") is pixels
    overscan = Header(Window(-4, -4, 32, 24), Window(0, 0, 24, 16))
    assert fitted(pixels, plain(32, 24), overscan, "refuse") is pixels


@pytest.mark.parametrize("how", ["refuse", "resample"])
def test_a_cropped_hint_lies_where_its_window_says(how: str) -> None:
    pixels = np.ones((5, 6), np.float16)
    hint = Header(Window(10, 7, 6, 5), Window(0, 0, 32, 24))
    result = fitted(pixels, hint, plain(32, 24), how)
    wanted = np.zeros((24, 32), np.float16)
    wanted[7:12, 10:16] = 1
    np.testing.assert_array_equal(result, wanted)
    assert result.dtype == np.float16


def test_overscan_is_cropped_or_padded() -> None:
    pixels = noise("float16", 24, 32, 1)[..., 0]
    display = Window(0, 0, 24, 16)
    wide, narrow = Header(Window(-4, -4, 32, 24), display), Header(display, display)
    np.testing.assert_array_equal(fitted(pixels, wide, narrow, "refuse"), pixels[4:20, 4:28])
    padded = fitted(pixels[4:20, 4:28], narrow, wide, "refuse")
    np.testing.assert_array_equal(padded[4:20, 4:28], pixels[4:20, 4:28])
    assert padded.shape == (24, 32)
    assert np.count_nonzero(padded) <= 16 * 24


def test_display_windows_are_laid_over_each_other_wherever_they_begin() -> None:
    pixels = np.ones((2, 3), np.float32)
    hint = Header(Window(101, 52, 3, 2), Window(100, 50, 16, 8))
    plate = Header(Window(-10, -20, 16, 8), Window(-10, -20, 16, 8))
    assert fitted(pixels, hint, plate, "refuse")[2:4, 1:4].sum() == 6


def test_a_hint_outside_the_plate_is_empty() -> None:
    hint = Header(Window(-9, -9, 4, 4), Window(0, 0, 32, 24))
    assert not fitted(np.ones((4, 4), np.float32), hint, plain(32, 24), "refuse").any()


sizes = st.integers(3, 40)


@given(sizes, sizes, sizes, sizes)
def test_resampling_is_antialiased_bilinear(height: int, width: int, tall: int, wide: int) -> None:
    pixels = np.random.default_rng(height * width).random((height, width), np.float32)
    result = fitted(pixels, plain(width, height), plain(wide, tall), "resample")
    whole = torch.from_numpy(pixels)[None, None]
    wanted = F.interpolate(whole, (tall, wide), mode="bilinear", antialias=True)[0, 0].numpy()
    np.testing.assert_allclose(result, wanted, atol=2e-5)


def test_resampled_integers_are_fractions() -> None:
    for dtype in ("uint8", "uint16"):
        pixels = np.full((8, 8), np.iinfo(dtype).max, dtype)
        result = fitted(pixels, plain(8, 8), plain(20, 12), "resample")
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, 1.0, atol=1e-6)


def test_a_half_size_hint_with_a_crop_lands_in_its_place() -> None:
    hint = Header(Window(4, 2, 6, 5), Window(0, 0, 16, 12))
    result = fitted(np.ones((5, 6), np.float16), hint, plain(32, 24), "resample")
    assert (result[5:13, 9:19] == 1).all()
    assert result[:3].sum() == result[15:].sum() == result[:, :7].sum() == result[:, 21:].sum() == 0


def test_a_half_size_hint_reaches_into_the_overscan() -> None:
    hint = Header(Window(-2, -2, 20, 16), Window(0, 0, 16, 12))
    plate = Header(Window(-4, -4, 40, 32), Window(0, 0, 32, 24))
    ramp = np.broadcast_to(np.linspace(0, 1, 20, dtype=np.float32), (16, 20))
    result = fitted(np.ascontiguousarray(ramp), hint, plate, "resample")
    assert result.shape == (32, 40)
    assert (np.diff(result[16]) >= 0).all()
    assert result[0, -1] > 0.95


def test_nan_in_a_hint_does_not_spread() -> None:
    pixels = np.ones((8, 8), np.float16)
    pixels[3, 3], pixels[5, 5] = np.nan, np.inf
    result = fitted(pixels, plain(8, 8), plain(16, 16), "resample")
    assert np.isfinite(result).all()
    assert result.max() <= 1
