"""Windows, metadata and colour tags of pictures, and what is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from corridorkey_core.frames import Window
from tests.picture_files import (
    noise,
    part,
    plate_of,
    values,
    write,
    write_parts,
)


def test_windows_aspect_and_metadata_survive(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "smpte__TimeCode": ("timecode", (0x01020304, 5)),
        "FramesPerSecond": ("rational", (24000, 1001)),
        "DateTime": "2026:01:02 03:04:05",
        "worldToCamera": ("matrix", tuple(float(value) for value in range(16))),
        "nuke__node_hash": "abc",
        "reelName": "A001",
        "chromaticities": ("float[8]", (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)),
        "takes": ("int[3]", (1, 2, 3)),
        "PixelAspectRatio": 2.0,
    }
    display = Window(0, 0, 40, 30)
    path = write(tmp_path / "a.exr", noise("float16"), data=(-3, -2), display=display, **facts)
    header = plate_of(path).header
    assert (header.data, header.display) == (Window(-3, -2, 32, 24), display)
    assert header.pixel_aspect == 2.0
    found = values(header.attributes)
    assert found["smpte:TimeCode"] == (0x01020304, 5)
    assert found["FramesPerSecond"] == (24000, 1001)
    assert found["worldToCamera"] == tuple(range(16))
    assert (found["nuke:node_hash"], found["reelName"]) == ("abc", "A001")
    assert found["takes"] == (1, 2, 3)
    assert {"DateTime", "chromaticities"} <= set(found)


def test_attributes_can_be_written_again_as_they_are(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "smpte__TimeCode": ("timecode", (7, 8)),
        "FramesPerSecond": ("rational", (25, 1)),
        "worldToNDC": ("matrix", tuple(float(value) for value in range(16))),
        "pan": ("float2", (0.5, 1.5)),
        "count": 3,
        "gain": 1.25,
        "note": "šum",
    }
    first = plate_of(write(tmp_path / "a.exr", noise("float16"), **facts)).header
    spec = oiio.ImageSpec(4, 4, 3, "half")
    for item in first.attributes:
        spec.attribute(item.name, oiio.TypeDesc(item.kind), item.value)
    again = plate_of(write_parts(tmp_path / "b.exr", (spec, noise("float16", 4, 4)))).header
    assert again.attributes == first.attributes


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("a.exr", {"compression": "piz", "openexr__lineOrder": "decreasingY"}),
        ("a.tif", {"compression": "lzw"}),
        ("a.png", {"compression": "zip"}),
        ("a.jpg", {"CompressionQuality": 90}),
        ("a.dpx", {}),
    ],
)
def test_facts_of_the_file_alone_are_left_out(
    tmp_path: Path, name: str, facts: dict[str, Any]
) -> None:
    pixels = noise("float16" if name == "a.exr" else "uint8")
    header = plate_of(write(tmp_path / name, pixels, ImageDescription="kept", **facts)).header
    names = set(values(header.attributes))
    assert names <= {"ImageDescription", "DateTime", "Orientation", "dpx:UserBits"}
    assert name == "a.dpx" or "ImageDescription" in names


def test_icc_profiles_are_left_out(tmp_path: Path) -> None:
    profile = (oiio.TypeDesc("uint8[128]"), np.zeros(128, np.uint8))
    spec, pixels = part(noise("uint8"))
    spec.attribute("ICCProfile", *profile)
    header = plate_of(write_parts(tmp_path / "a.tif", (spec, pixels))).header
    assert not [name for name in values(header.attributes) if name.startswith("ICC")]


def test_dpx_frame_rate_aspect_and_time_code(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.dpx",
        noise("uint16"),
        oiio__BitsPerSample=10,
        dpx__FrameRate=23.976,
        smpte__TimeCode=("timecode", (0x01020304, 0)),
        PixelAspectRatio=2.0,
    )
    header = plate_of(path).header
    assert header.pixel_aspect == 2.0
    assert values(header.attributes)["FramesPerSecond"] == (24000, 1001)
    assert values(header.attributes)["smpte:TimeCode"] == (0x01020304, 0)


ACESCG = (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767)


@pytest.mark.parametrize(
    ("facts", "tag"),
    [
        ({}, "float"),
        ({"colorInteropID": "lin_ap0_scene"}, "lin_ap0_scene"),
        ({"oiio__ColorSpace": "lin_p3d65_scene"}, "lin_p3d65_scene"),
        ({"chromaticities": ("float[8]", ACESCG)}, "lin_ap1_scene"),
        ({"chromaticities": ("float[8]", (0.5,) * 8)}, "float"),
        (
            {"chromaticities": ("float[8]", ACESCG), "colorInteropID": "lin_ap0_scene"},
            "lin_ap0_scene",
        ),
    ],
)
def test_the_colour_tag_of_an_exr(tmp_path: Path, facts: dict[str, Any], tag: str) -> None:
    path = write(tmp_path / "a.exr", noise("float16"), **facts)
    assert plate_of(path).space == tag
