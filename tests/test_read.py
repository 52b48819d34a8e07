"""Pictures of every kind, read as stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from corridorkey_core.errors import ReadError
from corridorkey_core.frames import Window
from corridorkey_core.read import (
    describe,
    open_picture,
    plate_bytes,
    read_hint,
    set_codec_threads,
)
from tests.picture_files import (
    noise,
    part,
    plate_of,
    write,
    write_deep,
    write_parts,
)

LOSSLESS = ["none", "rle", "zips", "zip", "piz", "pxr24", "htj2k256", "htj2k32", "zstd"]
LOSSY = {"b44": 0.2, "b44a": 0.2, "dwaa": 0.2, "dwab": 0.2}


@pytest.mark.parametrize("compression", [*LOSSLESS, *LOSSY])
def test_exr_halves_in_every_compression(tmp_path: Path, compression: str) -> None:
    pixels = noise("float16", 40, 64)
    if compression in LOSSY:  # smooth, as what they are made for
        ramp = np.linspace(0, 1, 64, dtype=np.float16)
        pixels = np.broadcast_to(ramp[None, :, None], (40, 64, 3)).copy()
    plate = plate_of(write(tmp_path / "a.exr", pixels, compression=compression))
    assert plate.pixels.dtype == np.float16
    np.testing.assert_allclose(plate.pixels, pixels, atol=LOSSY.get(compression, 0.0))
    assert (plate.number, plate.path, plate.space) == (7, str(tmp_path / "a.exr"), "float")


def test_halves_survive_bit_for_bit(tmp_path: Path) -> None:
    bits = np.arange(65536, dtype=np.uint16).reshape(128, 512).view(np.float16)
    pixels = np.repeat(bits[..., None], 3, axis=2)
    plate = plate_of(write(tmp_path / "a.exr", pixels))
    np.testing.assert_array_equal(plate.pixels.view(np.uint16), pixels.view(np.uint16))


@pytest.mark.parametrize("name", ["a.exr", "a.tif"])
def test_floats_stay_floats(tmp_path: Path, name: str) -> None:
    pixels = noise("float32") * np.float32(1e6)
    plate = plate_of(write(tmp_path / name, pixels))
    assert plate.pixels.dtype == np.float32
    np.testing.assert_array_equal(plate.pixels, pixels)


@pytest.mark.parametrize(
    ("name", "dtype", "facts"),
    [
        ("a.png", "uint8", {}),
        ("a.png", "uint16", {}),
        ("a.tif", "uint8", {}),
        ("a.tif", "uint16", {"compression": "lzw"}),
        ("a.tif", "uint16", {"compression": "none"}),
        ("a.dpx", "uint8", {}),
        ("a.dpx", "uint16", {}),
        ("a.tga", "uint8", {}),
    ],
)
def test_integers_stay_what_they_are(
    tmp_path: Path, name: str, dtype: str, facts: dict[str, Any]
) -> None:
    pixels = noise(dtype)
    plate = plate_of(write(tmp_path / name, pixels, **facts))
    assert plate.pixels.dtype == dtype
    np.testing.assert_array_equal(plate.pixels, pixels)


@pytest.mark.parametrize("bits", [10, 12])
def test_dpx_fills_the_range_of_16_bits(tmp_path: Path, bits: int) -> None:
    codes = np.linspace(0, 2**bits - 1, 32 * 24 * 3).round().astype(np.uint32).reshape(24, 32, 3)
    full = ((codes << (16 - bits)) | (codes >> (2 * bits - 16))).astype(np.uint16)
    plate = plate_of(write(tmp_path / "a.dpx", full, oiio__BitsPerSample=bits))
    assert plate.pixels.dtype == np.uint16
    np.testing.assert_array_equal(plate.pixels, full)
    assert (plate.pixels.min(), plate.pixels.max()) == (0, 65535)


def test_jpeg_is_read_as_bytes(tmp_path: Path) -> None:
    pixels = np.full((32, 32, 3), (200, 100, 50), np.uint8)
    plate = plate_of(write(tmp_path / "a.jpg", pixels))
    assert plate.pixels.dtype == np.uint8
    assert np.abs(plate.pixels.astype(int) - pixels).max() <= 3


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("a.png", "uint8"),
        ("a.png", "uint16"),
        ("a.tif", "uint8"),
        ("a.tif", "uint16"),
        ("a.tga", "uint8"),
    ],
)
def test_colour_beside_alpha_is_the_files_own(tmp_path: Path, name: str, dtype: str) -> None:
    pixels = noise(dtype, channels=4)
    path = write(tmp_path / name, pixels, oiio__UnassociatedAlpha=1)
    np.testing.assert_array_equal(plate_of(path).pixels, pixels[..., :3])
    np.testing.assert_array_equal(read_hint(str(path), 7, "auto").pixels, pixels[..., 3])


def test_colour_multiplied_by_alpha_in_the_file_stays_so(tmp_path: Path) -> None:
    pixels = noise("uint16", channels=4)
    path = write(tmp_path / "a.tif", pixels)
    np.testing.assert_array_equal(plate_of(path).pixels, pixels[..., :3])


def test_integers_wider_than_ours_become_floats_but_no_float_space(tmp_path: Path) -> None:
    pixels = noise("uint16").astype(np.uint32) * 65537
    plate = plate_of(write(tmp_path / "a.exr", pixels, kind="uint"))
    assert plate.pixels.dtype == np.float32
    assert plate.space == "integer"
    np.testing.assert_allclose(plate.pixels, pixels / (2**32 - 1), atol=1e-6)


def test_channels_are_found_by_name_and_others_left_alone(tmp_path: Path) -> None:
    pixels = noise("float16", channels=6)
    names = ["Z", "B", "depth.V", "G", "A", "R"]
    picture = part(pixels, names)
    picture[0].channelformats = tuple(
        oiio.TypeDesc("float" if name in ("Z", "depth.V") else "half") for name in names
    )
    path = write_parts(tmp_path / "a.exr", (picture[0], pixels.astype(np.float32)))
    plate = plate_of(path)
    assert plate.pixels.dtype == np.float16  # for all that the depth is float
    assert plate.pixels.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(plate.pixels, pixels[..., [5, 3, 1]])
    hint = read_hint(str(path), 7, "depth.V")
    assert hint.pixels.dtype == np.float32


def test_layers_are_addressed_by_name(tmp_path: Path) -> None:
    pixels = noise("float16", channels=6)
    names = ["R", "G", "B", "plate.R", "plate.G", "plate.B"]
    path = write(tmp_path / "a.exr", pixels, names)
    np.testing.assert_array_equal(plate_of(path).pixels, pixels[..., :3])
    np.testing.assert_array_equal(plate_of(path, "plate").pixels, pixels[..., 3:])
    with pytest.raises(ReadError, match=r"no channels palte\.R.*plate\.R.*Did you mean plate"):
        plate_of(path, "palte")


def test_only_layers_need_a_choice(tmp_path: Path) -> None:
    names = ["beauty.R", "beauty.G", "beauty.B"]
    path = write(tmp_path / "a.exr", noise("float16"), names)
    with pytest.raises(ReadError, match="Set plate_layer to one of beauty"):
        plate_of(path)


def test_parts_are_addressed_by_channel_or_by_their_own_name(tmp_path: Path) -> None:
    depth, plate, matte = noise("float32", channels=1), noise("float16", seed=2), noise("float16")
    path = write_parts(
        tmp_path / "a.exr",
        part(depth, ["Z"], oiio__subimagename="depth"),
        part(plate, ["R", "G", "B"], oiio__subimagename="plate"),
        part(matte[..., :1], ["Y"], oiio__subimagename="matte"),
    )
    np.testing.assert_array_equal(plate_of(path).pixels, plate)
    np.testing.assert_array_equal(plate_of(path, "plate").pixels, plate)
    np.testing.assert_array_equal(read_hint(str(path), 7, "matte.Y").pixels, matte[..., 0])
    np.testing.assert_array_equal(read_hint(str(path), 7, "Z").pixels, depth[..., 0])
    assert {"depth: channels", "plate: channels", "matte: type"} <= set(describe(str(path)))


def test_each_part_has_its_own_windows(tmp_path: Path) -> None:
    display = Window(0, 0, 64, 48)
    path = write_parts(
        tmp_path / "a.exr",
        part(noise("float16"), oiio__subimagename="a", data=(2, 3), display=display),
        part(
            noise("float16", 10, 12),
            ["p.R", "p.G", "p.B"],
            oiio__subimagename="b",
            data=(-4, -5),
            display=display,
        ),
    )
    assert plate_of(path, "p").header.data == Window(-4, -5, 12, 10)
    assert plate_of(path).header.data == Window(2, 3, 32, 24)


@pytest.mark.parametrize("name", ["a.exr", "a.png", "a.tif", "a.jpg", "a.dpx"])
def test_grey_is_repeated(tmp_path: Path, name: str) -> None:
    pixels = noise("float16" if name == "a.exr" else "uint8", channels=1)
    path = write(tmp_path / name, pixels, ["Y"])
    plate = plate_of(path)
    assert plate.pixels.shape == (24, 32, 3)
    if name != "a.jpg":
        np.testing.assert_array_equal(plate.pixels, np.repeat(pixels, 3, axis=2))


@pytest.mark.parametrize("names", [["A"], ["R", "G"], ["Z"], ["Y", "RY", "BY"]])
def test_other_channels_are_no_plate(tmp_path: Path, names: list[str]) -> None:
    path = write(tmp_path / "a.exr", noise("float16", channels=len(names)), names)
    with pytest.raises(ReadError, match=r"no channels R, G, B; the file has .*[ARZY]"):
        plate_of(path)


@pytest.mark.parametrize(
    ("names", "asked", "used"),
    [
        (["R", "G", "B", "A"], "auto", "A"),
        (["R", "G", "B"], "auto", "luminance"),
        (["R", "G", "B", "A"], "luminance", "luminance"),
        (["R", "G", "B", "A"], "G", "G"),
        (["Y"], "auto", "Y"),
        (["Y"], "luminance", "Y"),
        (["Y", "A"], "auto", "A"),
        (["matte"], "auto", "matte"),
        (["A"], "auto", "A"),
        (["R", "G", "B", "matte.A"], "auto", "matte.A"),
        (["R", "G", "B", "matte.core"], "matte.core", "matte.core"),
    ],
)
def test_a_hint_says_which_channel_it_is(
    tmp_path: Path, names: list[str], asked: str, used: str
) -> None:
    pixels = noise("float16", channels=len(names))
    hint = read_hint(str(write(tmp_path / "a.exr", pixels, names)), 7, asked)
    assert hint.channel == used
    if used == "luminance":
        wanted = pixels[..., :3].astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    else:
        wanted = pixels[..., names.index(used)]
    np.testing.assert_allclose(hint.pixels, wanted, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_luminance_of_integers_is_a_fraction(tmp_path: Path, dtype: str) -> None:
    pixels = np.full((4, 4, 3), np.iinfo(dtype).max, dtype)
    hint = read_hint(str(write(tmp_path / "a.png", pixels)), 7, "auto")
    np.testing.assert_allclose(hint.pixels, 1.0, rtol=1e-6)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("mate", r"no channel 'mate'; the file has U, V, matte\. Did you mean matte"),
        ("auto", "hint_channel"),
    ],
)
def test_a_wrong_hint_channel_lists_those_there(tmp_path: Path, asked: str, words: str) -> None:
    path = write(tmp_path / "a.exr", noise("float16"), ["U", "V", "matte"])
    with pytest.raises(ReadError, match=words):
        read_hint(str(path), 7, asked)


def test_names_with_spaces_dots_and_unicode(tmp_path: Path) -> None:
    path = write(tmp_path / "my.shot v2 šířka 緑.1001.exr", noise("float16"))
    assert plate_of(path).pixels.shape == (24, 32, 3)


def test_reading_leaves_no_file_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16"))
    with pytest.raises(ReadError):
        plate_of(path, "none")
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc").is_dir() else 0
    for _ in range(20):
        plate_of(path)
    after = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc").is_dir() else 0
    assert after == before


def test_the_header_alone_tells_the_size(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16", channels=4), ["R", "G", "B", "A"])
    assert plate_bytes(str(path), "") == (24 * 32 * 3 * 2, 24 * 32)


def test_time_codes_and_rates_are_described_as_people_write_them(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"smpte__TimeCode": ("timecode", (0x10592347, 0))}
    path = write(tmp_path / "a.exr", noise("float16"), FramesPerSecond=("rational", (24000, 1001)),
                 **facts)  # fmt: skip
    described = describe(str(path))
    assert described["smpte:TimeCode"] == "10:59:23:07"
    assert described["FramesPerSecond"] == "24000/1001"


def test_a_picture_is_described(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16"), data=(1, 2), display=Window(0, 0, 40, 30))
    facts = describe(str(path))
    assert facts["channels"] == "R, G, B"
    assert facts["type"] == "half"
    assert facts["data window"] == "32 x 24 at 1, 2"
    assert facts["display window"] == "40 x 30 at 0, 0"
    assert "deep" in describe(str(write_deep(tmp_path / "deep.exr")))["type"]
    with pytest.raises(ReadError, match="no such file"):
        describe(str(tmp_path / "none.exr"))


def test_codec_threads_are_one_switch_for_the_process(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16", 200, 300))
    before = oiio.get_int_attribute("threads"), oiio.get_int_attribute("exr_threads")
    try:
        pictures = []
        for count in (1, 2):
            set_codec_threads(count)
            assert oiio.get_int_attribute("threads") == count
            pictures.append(plate_of(path).pixels)
        np.testing.assert_array_equal(pictures[0], pictures[1])
    finally:
        oiio.attribute("threads", before[0])
        oiio.attribute("exr_threads", before[1])


def test_an_open_picture_lists_its_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", noise("float16"))
    with open_picture(str(path), None) as picture:
        assert picture.channel_list == "R, G, B"
