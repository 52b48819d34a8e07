"""What files of keyed frames say besides their pixels: windows, metadata, colour space."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from corridorkey_core.frames import Attribute, Header, Window
from corridorkey_core.read.picture import open_picture
from corridorkey_core.version import VERSION
from tests.keyed_files import WHOLE, keyed_frame, stored, write

OVERSCAN = Header(Window(-3, -2, 40, 30), Window(0, 0, 36, 28))
CROPPED = Header(Window(5, 4, 40, 30), Window(0, 0, 60, 40))
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
