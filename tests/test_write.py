"""Files of keyed frames: exact numbers, true headers, the same bytes every time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from corridorkey_core.frames import Attribute, Header, KeyedFrame, Pixels, Window
from corridorkey_core.outputs import plan_outputs
from corridorkey_core.read.picture import open_picture
from corridorkey_core.settings import PASSES, Settings
from corridorkey_core.version import VERSION
from corridorkey_core.write import write_keyed

TYPES = {"half": np.float16, "float": np.float32, "8": np.uint8, "16": np.uint16, "10": np.uint16}
CHANNELS = {"matte": 1, "fg": 3, "processed": 4}
COMPRESSIONS = ("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab")
OVERSCAN = Header(Window(-3, -2, 40, 30), Window(0, 0, 36, 28))
CROPPED = Header(Window(5, 4, 40, 30), Window(0, 0, 60, 40))
WHOLE = Header(Window(0, 0, 40, 30), Window(0, 0, 40, 30))
METADATA = (
    Attribute("smpte:TimeCode", "timecode", (0x01020304, 0)),
    Attribute("FramesPerSecond", "rational", (24000, 1001)),
    Attribute("DateTime", "string", "2026:11:24 10:20:30"),
    Attribute("worldToCamera", "matrix", tuple(float(value) for value in range(16))),
    Attribute("nuke/input/filename", "string", "plate.1001.exr"),
    Attribute("cameraTemperature", "int", -7),
    Attribute("lensDistortion", "float", 0.25),
    Attribute("smpte:KeyCode", "keycode", (1, 2, 3, 4, 5, 6, 7)),
    Attribute("focus", "float2", (1.5, 2.5)),
    Attribute("takes", "string[2]", ("a", "b")),
)


def keyed_frame(
    depth: str = "half", header: Header = WHOLE, space: str = "linear", seed: int = 0
) -> KeyedFrame:
    """Noise in every pass; floats have negatives, highlights and colour where alpha is 0."""
    rng = np.random.default_rng(seed)
    size = (header.data.height, header.data.width)
    kind = TYPES[depth]

    def noise(channels: int) -> Pixels:
        if depth in ("8", "10", "16"):
            raw = rng.bytes(size[0] * size[1] * channels * np.dtype(kind).itemsize)
            return np.frombuffer(raw, kind).reshape(*size, channels)
        return (rng.standard_normal((*size, channels)) * 3).astype(kind)

    passes = {name: noise(count) for name, count in CHANNELS.items()}
    passes["comp"] = rng.integers(0, 255, (*size, 3), np.uint8, endpoint=True)
    return KeyedFrame(12, header, space, passes)


def write(folder: Path, keyed: KeyedFrame, **settings: Any) -> dict[str, Path]:
    plan = plan_outputs(folder, "shot", Settings.from_mapping(settings))
    written = [part() for part in write_keyed(keyed, plan)]
    paths = plan.paths(keyed.number)
    assert sorted(written) == sorted(set(paths.values()))
    everything = {path for path in folder.rglob("*") if path.is_file()}
    assert everything == set(written)
    return paths


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


def stored(path: Path) -> tuple[oiio.ImageSpec, dict[str, Pixels]]:
    """The header and the numbers in a file, by channel, in its own type."""
    with open_picture(str(path), 0) as picture:
        part = picture.parts[0]
        pixels = picture.pixels(part, part.channels)
        return picture.source.spec(0, 0), {
            name: pixels[..., index] for index, name in enumerate(part.channels)
        }


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


@pytest.mark.parametrize("layout", ["separate", "layered"])
@pytest.mark.parametrize("header", [OVERSCAN, CROPPED])
def test_exr_keeps_both_windows(tmp_path: Path, header: Header, layout: str) -> None:
    keyed = keyed_frame(header=header)
    paths = write(tmp_path, keyed, layout=layout)
    for path in {paths["fg"], paths["matte"]}:
        with open_picture(str(path), 0) as picture:
            found = picture.header(picture.parts[0])
        assert (found.data, found.display) == (header.data, header.display)


windows = st.builds(
    Window, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 12), st.integers(1, 12)
)


@given(data=windows, display=windows)
@hypothesis_settings(max_examples=20, deadline=None)
def test_one_window_formats_show_the_display_window(
    tmp_path_factory: pytest.TempPathFactory, data: Window, display: Window
) -> None:
    keyed = keyed_frame("16", Header(data, display), "srgb")
    folder = tmp_path_factory.mktemp("window")
    for format in ("png", "tiff", "dpx"):
        path = write(folder / format, keyed, format=format, bit_depth="16", passes=["matte"])
        spec, channels = stored(path["matte"])
        assert (spec.x, spec.y, spec.full_x, spec.full_y) == (0, 0, 0, 0)
        assert (spec.full_width, spec.full_height) == (display.width, display.height)
        for y in range(display.height):
            for x in range(display.width):
                row, column = y + display.y - data.y, x + display.x - data.x
                inside = 0 <= row < data.height and 0 <= column < data.width
                expected = keyed.passes["matte"][row, column, 0] if inside else 0
                assert channels["Y"][y, x] == expected


@pytest.mark.parametrize("layout", ["separate", "layered"])
def test_exr_keeps_the_plate_metadata_with_its_types(tmp_path: Path, layout: str) -> None:
    header = Header(WHOLE.data, WHOLE.display, 2.0, METADATA)
    paths = write(tmp_path, keyed_frame(header=header), layout=layout)
    for path in {paths["matte"], paths["processed"]}:
        with open_picture(str(path), 0) as picture:
            found = picture.header(picture.parts[0])
        assert found.pixel_aspect == 2.0
        assert set(METADATA) <= set(found.attributes)


def test_other_formats_keep_what_they_can_hold(tmp_path: Path) -> None:
    header = Header(WHOLE.data, WHOLE.display, 2.0, METADATA)
    keyed = keyed_frame("16", header, "srgb")
    for format in ("tiff", "png", "dpx"):
        paths = write(tmp_path / format, keyed, format=format, bit_depth="16")
        spec, _ = stored(paths["fg"])
        assert spec.get_float_attribute("PixelAspectRatio") == 2.0
        assert spec.get_string_attribute("DateTime") == "2026:11:24 10:20:30"
        assert spec.get_string_attribute("Software") == f"Corridor Key {VERSION}"
    assert spec.getattribute("smpte:TimeCode") == (0x01020304, 0)
    assert spec.get_float_attribute("dpx:FrameRate") == pytest.approx(24000 / 1001)


def test_software_and_what_no_longer_holds_are_replaced(tmp_path: Path) -> None:
    stale = (
        Attribute("Software", "string", "Nuke"),
        Attribute("chromaticities", "float[8]", (0.1,) * 8),
        Attribute("colorInteropID", "string", "lin_ap1_scene"),
        Attribute("acesImageContainerFlag", "int", 1),
        Attribute("compression", "string", "piz"),
        Attribute("PixelAspectRatio", "float", 3.0),
    )
    header = Header(WHOLE.data, WHOLE.display, 1.0, stale)
    spec, _ = stored(write(tmp_path, keyed_frame(header=header, space="ARRI LogC4"))["fg"])
    assert spec.get_string_attribute("Software") == f"Corridor Key {VERSION}"
    assert spec.get_string_attribute("compression") == "zip"
    assert spec.getattribute("chromaticities") is None
    assert spec.getattribute("acesImageContainerFlag") is None
    assert spec.get_float_attribute("PixelAspectRatio") == 1.0


@pytest.mark.parametrize(
    ("space", "tag", "red_x"),
    [
        ("linear", "lin_rec709_scene", 0.64),
        ("ACEScg", "lin_ap1_scene", 0.713),
        ("ACES2065-1", "lin_ap0_scene", 0.7347),
        ("srgb", "srgb_rec709_scene", None),
        ("ARRI LogC4", "ocio:arrilogc4_awg4_scene", None),
    ],
)
def test_exr_says_its_colour_space(
    tmp_path: Path, space: str, tag: str, red_x: float | None
) -> None:
    paths = write(tmp_path, keyed_frame(space=space))
    for name in ("fg", "processed"):
        spec, _ = stored(paths[name])
        assert spec.get_string_attribute("colorInteropID") == tag
        chromaticities = spec.getattribute("chromaticities")
        assert (chromaticities is None) == (red_x is None)
        if chromaticities is not None:
            assert chromaticities[0] == pytest.approx(red_x)
    matte, _ = stored(paths["matte"])
    assert matte.get_string_attribute("colorInteropID") == "data"
    assert matte.getattribute("chromaticities") is None
    comp, _ = stored(paths["comp"])
    assert comp.get_string_attribute("oiio:ColorSpace") == "srgb_rec709_scene"


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
