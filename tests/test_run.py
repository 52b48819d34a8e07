"""Whole runs, from files to files: what is on disk afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from corridorkey_core.errors import ColourError, DeviceError, ReadError
from corridorkey_core.frames import Window
from corridorkey_core.job import Job
from corridorkey_core.progress import Event, FrameFinished, Notice, Progress, RunStarted
from corridorkey_core.read import open_picture, read_hint, read_plate
from corridorkey_core.settings import Settings
from tests.fake_shot import leaving_nothing
from tests.movie_files import write_movie
from tests.picture_files import write
from tests.small_shot import alpha_of, content, job_of, key, make_shot, plate_of, temporaries


def matte(folder: Path, number: int, suffix: str = "exr") -> np.ndarray:
    return read_hint(str(folder / f"out/matte/shot.{number:04d}.{suffix}"), number, "auto").pixels


def colour(path: Path) -> np.ndarray:
    return read_plate(str(path), 0, "", lambda *_: "linear").pixels


def notices(events: Sequence[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def test_every_pass_of_every_frame_is_on_disk_and_is_a_good_key(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    report, events = key(job_of(shot))
    assert report.finished == tuple(range(1001, 1007))
    assert not report.failed
    names = {name.split("/")[0] for name in content(shot / "out")}
    assert names == {"matte", "fg", "processed", "comp"}
    assert len(content(shot / "out")) == 24
    assert temporaries(shot) == []
    for number in (1001, 1004):
        assert np.abs(matte(shot, number) - alpha_of(number)[..., 0]).mean() < 0.01
        fg = colour(shot / f"out/fg/shot.{number}.exr").astype(np.float32)
        solid = alpha_of(number)[..., 0] == 1
        assert np.abs(fg[solid] - plate_of(number).astype(np.float32)[solid]).mean() < 0.01
    assert isinstance(events[0], RunStarted)
    assert sum(isinstance(event, FrameFinished) for event in events) == 6
    assert isinstance(events[-1], Progress)
    assert (events[-1].done, events[-1].total, events[-1].seconds_left) == (6, 6, 0.0)


def test_processed_is_exactly_fg_times_matte(tmp_path: Path) -> None:
    key(job_of(make_shot(tmp_path, range(1001, 1002))))
    fg = colour(tmp_path / "out/fg/shot.1001.exr").astype(np.float32)
    alpha = matte(tmp_path, 1001).astype(np.float32)[..., None]
    with open_picture(str(tmp_path / "out/processed/shot.1001.exr"), None) as picture:
        processed = picture.pixels(picture.parts[0], ("R", "G", "B", "A"))
    assert (processed[..., 3:] == alpha).all()
    assert (processed[..., :3] == (fg * alpha).astype(np.float16)).all()


@pytest.mark.parametrize("sampling", ["shot", "frame"])
def test_a_frame_alone_equals_that_of_the_whole_run(tmp_path: Path, sampling: str) -> None:
    shot = make_shot(tmp_path)
    key(job_of(shot, screen_sampling=sampling))
    whole = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot, "1005,1002", screen_sampling=sampling))
    alone = content(shot / "out")
    assert len(alone) == 8
    assert all(whole[name] == data for name, data in alone.items())


def test_many_threads_give_the_bytes_of_one(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    key(job_of(shot, read_threads=3, write_threads=6, write_behind=6))
    wide = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot, read_ahead=1, read_threads=1, write_threads=1, write_behind=1))
    assert content(shot / "out") == wide


def test_no_thread_and_no_open_file_is_left(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    key(job_of(shot, "1001"))
    with leaving_nothing():
        key(job_of(shot))


def test_windows_and_metadata_of_the_plate_survive(tmp_path: Path) -> None:
    shown = Window(0, 0, 80, 48)
    facts = {
        "PixelAspectRatio": 2.0,
        "FramesPerSecond": ("rational", (24000, 1001)),
        "smpte:TimeCode": ("timecode", (0x01020304, 0)),
        "worldToCamera": ("matrix", tuple(float(index) for index in range(16))),
        "studio:take": "7b",
    }
    facts = {name.replace(":", "__"): value for name, value in facts.items()}
    shot = make_shot(tmp_path, range(1001, 1002), data=(-8, -8), display=shown, **facts)
    report, _ = key(job_of(shot, hint=False))
    assert not report.failed
    for name in ("matte", "fg", "processed"):
        with open_picture(str(shot / f"out/{name}/shot.1001.exr"), None) as picture:
            header = picture.header(picture.parts[0])
        assert (header.data, header.display) == (Window(-8, -8, 96, 64), shown)
        assert header.pixel_aspect == 2.0
        kept = {entry.name: entry.value for entry in header.attributes}
        assert kept["FramesPerSecond"] == (24000, 1001)
        assert kept["smpte:TimeCode"] == (0x01020304, 0)
        assert kept["studio:take"] == "7b"
        assert "worldToCamera" in kept


def test_of_a_hint_with_several_channels_it_is_said_which_one_is_used(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    for number in (1001, 1002):
        alpha = np.repeat(alpha_of(number), 4, axis=2).astype(np.float16)
        write(shot / f"hint/shot.{number}.exr", alpha, ["R", "G", "B", "A"])
    for channel, said in (("auto", "A"), ("luminance", "luminance"), ("G", "G")):
        _, events = key(job_of(shot, hint_channel=channel))
        about = [words for words in notices(events) if words.startswith("The hint is ")]
        assert about == [f"The hint is {said} of its file; hint_channel names another."]


def test_light_above_one_and_below_nothing_comes_back_in_solid_areas(tmp_path: Path) -> None:
    plate = plate_of(1001).astype(np.float32)
    plate[28:36, 46:52] = (4.0, 3.5, 3.25)
    plate[30:32, 40:43] = (0.2, -0.05, 0.1)
    write(tmp_path / "plate/shot.1001.exr", plate)
    write(tmp_path / "hint/shot.1001.exr", alpha_of(1001), ["Y"])
    key(job_of(tmp_path, bit_depth="float", despill="off"))
    fg = colour(tmp_path / "out/fg/shot.1001.exr")
    assert fg[30:34, 48:50] == pytest.approx(plate[30:34, 48:50])
    assert fg[30, 41, 1] == pytest.approx(-0.05)


def test_nan_and_inf_are_told_replaced_and_do_not_spread(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    sound = plate_of(1001)
    broken = sound.copy()
    broken[10, 10], broken[32, 50, 1] = np.nan, np.inf
    key(job_of(shot, "1001"))
    before = matte(shot, 1001)
    write(shot / "plate/shot.1001.exr", broken)
    report, events = key(job_of(shot))
    assert report.finished == (1001, 1002)
    assert "2 NaN or Inf pixels in the plate were replaced." in notices(events)
    for name, data in content(shot / "out").items():
        if name.endswith(".exr") and "matte" not in name:
            assert np.isfinite(colour(shot / "out" / name)).all(), data[:0]
    after = matte(shot, 1001)
    far = np.ones_like(before, bool)
    far[5:16, 5:16] = far[26:39, 44:57] = False
    assert np.abs(after.astype(float) - before.astype(float))[far].max() < 0.02


def test_a_blue_screen_is_as_good_as_a_green_one(tmp_path: Path) -> None:
    green = make_shot(tmp_path / "green", range(1001, 1002))
    swapped = plate_of(1001)[..., [0, 2, 1]]
    write(tmp_path / "blue/plate/shot.1001.exr", np.ascontiguousarray(swapped))
    shutil.copytree(green / "hint", tmp_path / "blue/hint")
    for name in ("green", "blue"):
        key(job_of(tmp_path / name))
    assert (matte(tmp_path / "blue", 1001) == matte(tmp_path / "green", 1001)).all()
    blue = colour(tmp_path / "blue/out/fg/shot.1001.exr")
    assert (blue[..., [0, 2, 1]] == colour(tmp_path / "green/out/fg/shot.1001.exr")).all()


def test_one_layered_file_holds_what_the_separate_ones_do(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    key(job_of(shot))
    fg, alpha = colour(shot / "out/fg/shot.1001.exr"), matte(shot, 1001)
    shutil.rmtree(shot / "out")
    key(job_of(shot, layout="layered"))
    assert set(content(shot / "out")) == {"layered/shot.1001.exr", "comp/shot.1001.png"}
    path = str(shot / "out/layered/shot.1001.exr")
    assert (read_plate(path, 0, "fg", lambda *_: "").pixels == fg).all()
    assert (read_hint(path, 0, "matte.A").pixels == alpha).all()


@pytest.mark.parametrize(
    ("format", "depth", "kind", "suffix"),
    [
        ("exr", "float", "float32", "exr"),
        ("tiff", "auto", "uint16", "tif"),
        ("tiff", "half", "float16", "tif"),
        ("png", "auto", "uint16", "png"),
        ("png", "8", "uint8", "png"),
        ("dpx", "auto", "uint16", "dpx"),
    ],
)
def test_formats_and_depths(
    tmp_path: Path, format: str, depth: str, kind: str, suffix: str
) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    report, _ = key(job_of(shot, format=format, bit_depth=depth, passes=("matte", "fg")))
    assert report.finished == (1001,)
    pixels = colour(shot / f"out/fg/shot.1001.{suffix}")
    assert pixels.dtype.name == kind
    alpha = matte(shot, 1001, suffix).astype(np.float64)
    alpha /= 1 if kind.startswith("float") else np.iinfo(kind).max
    assert np.abs(alpha - alpha_of(1001)[..., 0]).mean() < 0.01


def test_integer_plates_come_out_display_encoded_in_integers_and_linear_in_floats(
    tmp_path: Path,
) -> None:
    linear = plate_of(1001).astype(np.float64).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    plate = (encoded * 65535).round().astype(np.uint16)
    write(tmp_path / "plate/shot.1001.png", plate)
    job = Job(str(tmp_path / "plate"), str(tmp_path / "out"), settings=Settings(keyer="chroma"))
    key(job)
    solid = alpha_of(1001)[..., 0] == 1
    fg = colour(tmp_path / "out/fg/shot.1001.exr").astype(np.float64)
    assert np.abs(fg - linear)[solid].mean() < 0.01
    settings = Settings(keyer="chroma", format="png", template="png/{pass}.{frame}.{ext}")
    key(Job(job.plate, job.output, settings=settings))
    fg = colour(tmp_path / "out/png/fg.1001.png").astype(np.float64)
    assert np.abs(fg / 65535 - encoded)[solid].mean() < 0.01


def test_a_plate_in_a_named_space_comes_out_in_it(tmp_path: Path) -> None:
    import torch

    from corridorkey_core.colour import resolve

    space = resolve("ARRI LogC4")
    linear = torch.from_numpy(plate_of(1001).astype(np.float32)).permute(2, 0, 1).contiguous()
    logged = space.from_linear(linear).permute(1, 2, 0).numpy()
    write(tmp_path / "plate/shot.1001.exr", np.ascontiguousarray(logged))
    write(tmp_path / "hint/shot.1001.exr", alpha_of(1001), ["Y"])
    key(job_of(tmp_path, colour_space="ARRI LogC4", bit_depth="float", despill="off"))
    fg = colour(tmp_path / "out/fg/shot.1001.exr")
    solid = alpha_of(1001)[..., 0] == 1
    assert np.abs(fg - logged)[solid].max() < 0.02
    assert np.abs(matte(tmp_path, 1001) - alpha_of(1001)[..., 0]).mean() < 0.01


def test_negative_frames_stills_and_movies(tmp_path: Path) -> None:
    for number in (-2, -1, 0, 1):
        write(tmp_path / f"plate/shot.{number:05d}.exr", plate_of(number))
    write(tmp_path / "hint.exr", alpha_of(0), ["Y"])
    settings = Settings(keyer="chroma", passes=("matte",))
    plate = str(tmp_path / "plate/shot.%05d.exr")
    hint = str(tmp_path / "hint.exr")
    report, _ = key(Job(plate, str(tmp_path / "out"), hint, "-2-0", settings=settings))
    assert report.finished == (-2, -1, 0)
    assert len(content(tmp_path / "out")) == 3

    movie = write_movie(tmp_path / "shot.mov", "prores_ks", "yuv422p10le")
    report, _ = key(Job(str(movie), str(tmp_path / "movie"), frames="2-6x2", settings=settings))
    assert report.finished == (2, 4, 6)
    assert set(content(tmp_path / "movie")) == {f"matte/shot.000{n}.exr" for n in (2, 4, 6)}


def test_what_is_current_is_skipped_and_the_reason_to_key_again_is_told(tmp_path: Path) -> None:
    shot = make_shot(tmp_path)
    key(job_of(shot, "1001-1003"))
    before = {path: path.stat().st_mtime_ns for path in (shot / "out/fg").iterdir()}

    report, events = key(job_of(shot))
    assert report.skipped == (1001, 1002, 1003)
    assert report.finished == (1004, 1005, 1006)
    assert events[0] == RunStarted(6, (1001, 1002, 1003))
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())

    report, events = key(job_of(shot, despill="average"))
    assert (report.skipped, len(report.finished)) == ((), 6)
    assert "6 keyed again: despill was limit, is average" in notices(events)

    (shot / "out/fg/shot.1002.exr").unlink()
    os.utime(shot / "plate/shot.1005.exr", ns=(1, 1))
    report, events = key(job_of(shot, despill="average", read_ahead=2))
    assert report.finished == (1002, 1005)
    assert {"1 keyed again: fg is missing", "1 keyed again: the plate or the hint changed"} <= set(
        notices(events)
    )

    report, _ = key(job_of(shot, despill="average", overwrite=True))
    assert len(report.finished) == 6


def test_what_stops_a_job_as_a_whole_is_told_before_anything_is_written(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1003))
    with pytest.raises(ColourError, match="ACEScg"):
        key(job_of(shot, colour_space="ACEScgg"))
    with pytest.raises(DeviceError, match="doctor"):
        key(job_of(shot, device="cuda:99"))
    for path in (shot / "plate").iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(ReadError, match="cannot be read"):
        key(job_of(shot))
    assert not (shot / "out").exists()
