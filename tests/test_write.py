"""Files of keyed frames: exact numbers, the same bytes every time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from corridorkey_core.frames import Header, KeyedFrame, Pixels, Window
from corridorkey_core.settings import PASSES
from tests.keyed_files import WHOLE, keyed_frame, stored, write

COMPRESSIONS = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")


def test_no_file_is_begun_before_the_pixels_are_there(tmp_path: Path) -> None:
    late = keyed_frame()
    there = {name: pixels.copy() for name, pixels in late.passes.items()}
    for pixels in late.passes.values():
        pixels[:] = 0

    def arrive() -> None:
        for name, pixels in late.passes.items():
            pixels[:] = there[name]

    keyed = replace(late, wait=arrive)
    paths = write(tmp_path / "separate", keyed)
    assert_holds(paths["processed"], "RGBA", there["processed"])
    for pixels in late.passes.values():
        pixels[:] = 0
    layers = write(tmp_path / "layered", keyed, layout="layered")
    assert np.array_equal(stored(layers["fg"])[1]["fg.R"], there["fg"][..., 0])


def assert_holds(path: Path, names: str, pixels: Pixels) -> None:
    channels = stored(path)[1]
    assert "".join(channels) == names
    for index, name in enumerate(names):
        assert np.array_equal(channels[name], pixels[..., index]), name


@pytest.mark.parametrize("depth", ["half", "float"])
@pytest.mark.parametrize("compression", ["none", "rle", "zips", "zip", "piz"])
def test_exr_holds_every_number(tmp_path: Path, depth: str, compression: str) -> None:
    keyed = keyed_frame(depth)
    paths = write(tmp_path, keyed, compression=compression, bit_depth=depth)
    assert_holds(paths["matte"], "Y", keyed.passes["matte"])
    assert_holds(paths["fg"], "RGB", keyed.passes["fg"])
    assert_holds(paths["processed"], "RGBA", keyed.passes["processed"])
    assert_holds(paths["comp"], "RGB", keyed.passes["comp"])


@pytest.mark.parametrize("depth", ["half", "float"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_exr_has_the_compression_asked_for(tmp_path: Path, depth: str, compression: str) -> None:
    paths = write(tmp_path, keyed_frame(depth), compression=compression, bit_depth=depth)
    spec, _ = stored(paths["fg"])
    assert spec.get_string_attribute("compression") == compression
    assert str(spec.format) == depth


@pytest.mark.parametrize("layout", ["separate", "layered"])
@pytest.mark.parametrize("depth", ["half", "float"])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_no_compression_touches_the_matte(
    tmp_path: Path, layout: str, depth: str, compression: str
) -> None:
    if (layout, depth, compression) == ("layered", "float", "pxr24"):
        pytest.skip("pxr24 keeps 24 bits of every float, whatever the channel")
    keyed = keyed_frame(depth)
    paths = write(tmp_path, keyed, compression=compression, bit_depth=depth, layout=layout)
    _, channels = stored(paths["matte"])
    matte = channels["Y" if layout == "separate" else "matte.A"]
    assert np.array_equal(matte, keyed.passes["matte"][..., 0])
    if (depth, compression) != ("float", "pxr24"):
        alpha = stored(paths["processed"])[1]["A"]
        assert np.array_equal(alpha, keyed.passes["processed"][..., 3])


def test_layers_of_one_file(tmp_path: Path) -> None:
    keyed = keyed_frame()
    paths = write(tmp_path, keyed, layout="layered")
    _, channels = stored(paths["fg"])
    named = {"processed": ("R", "G", "B", "A"), "fg": ("fg.R", "fg.G", "fg.B")}
    for name, layers in {**named, "matte": ("matte.A",)}.items():
        for index, layer in enumerate(layers):
            assert np.array_equal(channels.pop(layer), keyed.passes[name][..., index])
    assert not channels
    assert_holds(paths["comp"], "RGB", keyed.passes["comp"])


def test_only_the_passes_asked_for_are_written(tmp_path: Path) -> None:
    assert set(write(tmp_path, keyed_frame(), passes=["matte"])) == {"matte"}
    layered = write(tmp_path / "layered", keyed_frame(), passes=["matte", "fg"], layout="layered")
    assert set(stored(layered["fg"])[1]) == {"fg.R", "fg.G", "fg.B", "matte.A"}


@pytest.mark.parametrize(
    ("format", "depth"),
    [("tiff", "8"), ("tiff", "16"), ("tiff", "half"), ("tiff", "float"), ("png", "8"),
     ("png", "16"), ("dpx", "8"), ("dpx", "16")],
)  # fmt: skip
def test_other_formats_hold_every_number(tmp_path: Path, format: str, depth: str) -> None:
    keyed = keyed_frame(depth, space="srgb")
    paths = write(tmp_path, keyed, format=format, bit_depth=depth)
    assert_holds(paths["matte"], "Y", keyed.passes["matte"])
    assert_holds(paths["fg"], "RGB", keyed.passes["fg"])
    assert_holds(paths["processed"], "RGBA", keyed.passes["processed"])
    on_disk = {"8": "uint8", "16": "uint16"}.get(depth, depth)
    assert str(stored(paths["fg"])[0].format) == on_disk


@pytest.mark.parametrize("format", ["exr", "tiff"])
def test_premultiplied_files_say_that_they_are(tmp_path: Path, format: str) -> None:
    keyed = keyed_frame("float")
    path = write(tmp_path, keyed, format=format, bit_depth="float")["processed"]
    # A plain reader multiplies what is called straight; nothing may change here.
    plain = oiio.ImageBuf(str(path))
    assert not plain.spec().get_int_attribute("oiio:UnassociatedAlpha")
    assert np.array_equal(np.asarray(plain.get_pixels(oiio.FLOAT)), keyed.passes["processed"])


@pytest.mark.parametrize("depth", ["10", "auto"])
def test_dpx_keeps_the_nearest_of_ten_bits(tmp_path: Path, depth: str) -> None:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    window = Window(0, 0, 256, 256)
    keyed = KeyedFrame(1, Header(window, window), "srgb", {"matte": ramp})
    path = write(tmp_path, keyed, format="dpx", bit_depth=depth, passes=["matte"])["matte"]
    spec, channels = stored(path)
    assert spec.get_int_attribute("oiio:BitsPerSample") == 10
    codes = channels["Y"].astype(int) >> 6
    assert np.array_equal(codes, np.round(ramp[..., 0] / 65535 * 1023).astype(int))


@pytest.mark.parametrize(
    "settings",
    [
        {"format": "exr"},
        {"format": "exr", "layout": "layered", "compression": "dwaa"},
        {"format": "tiff", "bit_depth": "half"},
        {"format": "png", "bit_depth": "16"},
        {"format": "dpx"},
    ],
)
def test_the_same_frame_gives_the_same_bytes(tmp_path: Path, settings: dict[str, Any]) -> None:
    depth = "half" if settings["format"] in ("exr", "tiff") else "16"
    digests = []
    for turn in range(2):
        paths = write(tmp_path / str(turn), keyed_frame(depth), **settings)
        digests.append(
            {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}
        )
    assert digests[0] == digests[1]


def test_a_dpx_names_itself_inside(tmp_path: Path) -> None:
    paths = write(tmp_path, keyed_frame("16"), format="dpx")
    assert paths["fg"].read_bytes()[36:136].rstrip(b"\0") == b"shot.0012.dpx"


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    write(tmp_path, keyed_frame(seed=1))
    newer = keyed_frame(seed=2)
    assert_holds(write(tmp_path, newer)["fg"], "RGB", newer.passes["fg"])


def test_pixels_in_another_order_are_written_rightly(tmp_path: Path) -> None:
    keyed = keyed_frame()
    planar = np.ascontiguousarray(keyed.passes["fg"].transpose(2, 0, 1)).transpose(1, 2, 0)
    other = KeyedFrame(12, WHOLE, "linear", {"fg": planar})
    assert_holds(write(tmp_path, other, passes=["fg"])["fg"], "RGB", keyed.passes["fg"])


def test_pixels_are_handed_over_as_they_are(tmp_path: Path) -> None:
    keyed = keyed_frame()
    for pixels in keyed.passes.values():
        pixels.flags.writeable = False
    assert set(write(tmp_path, keyed)) == set(PASSES)
