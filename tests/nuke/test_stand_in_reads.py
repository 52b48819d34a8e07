"""Reads of the stand-in: files as they are, frames beyond them, missing ones, and what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.nuke.small_pictures import SIZE, noise, read_of, red, sequence, write
from tests.nuke.stand_in.desk import Desk
from tests.nuke.stand_in.pixels.picture import Box


@pytest.fixture
def plate(nuke_gui: Desk, tmp_path: Path) -> Any:
    return read_of(nuke_gui, tmp_path)


def test_a_read_has_the_files_format_box_channels_and_metadata(
    nuke_gui: Desk, tmp_path: Path
) -> None:
    box = Box(-2, 1, 5, 4)
    values = noise(1, box.shape)
    read = nuke_gui.nuke.nodes.Read(file=write(tmp_path / "a.exr", {"R": values}, box), raw=True)
    picture = nuke_gui.picture(read)
    # A data window that is not the format gets a black pixel around it.
    assert (picture.box, read.pixelAspect(), read.width()) == (box.grown(1), 2.0, 8)
    assert (read.bbox().x(), read.bbox().y(), read.bbox().w(), read.bbox().h()) == (-3, 0, 9, 5)
    assert read.channels() == ["rgba.red"]
    np.testing.assert_array_equal(red(picture.without_ring()), values)
    assert picture.at("rgba.red", -2, 1) == values[2, 0]
    assert picture.at("rgba.red", 4, 3) == values[0, 6]
    assert read.sample("rgba.red", 5.5, 3.5) == 0.0
    assert read.metadata("exr/Artist") == "me"
    assert read.metadata("input/frame_rate") == 25.0
    assert read.metadata("nothing") is None


@pytest.mark.parametrize(
    ("edge_pixels", "is_whole", "has_ring"),
    [
        ("plate detect", True, False),
        ("plate detect", False, True),
        ("repeat", False, False),
        ("black", True, True),
    ],
)
def test_edges_of_a_data_window_are_repeated_or_black(
    nuke_gui: Desk, tmp_path: Path, edge_pixels: str, is_whole: bool, has_ring: bool
) -> None:
    box = Box(0, 0, *SIZE) if is_whole else Box(0, 0, 5, 4)
    read = nuke_gui.nuke.nodes.Read(
        file=write(tmp_path / "a.exr", {"R": noise(1, box.shape)}, box),
        file_type="exr",
        edge_pixels=edge_pixels,
        raw=True,
    )
    assert nuke_gui.picture(read).has_black_ring is has_ring
    left = nuke_gui.nuke.nodes.Expression(inputs=[read], expr0="r(x - 5, y)")
    expected = 0.0 if has_ring else noise(1, box.shape)[-1, 0]
    assert nuke_gui.picture(left).at("rgba.red", 1, 0) == expected


@pytest.mark.parametrize(
    ("in_file", "in_nuke"),
    [
        ("R", "rgba.red"),
        ("A", "rgba.alpha"),
        ("matte.A", "matte.alpha"),
        ("fg.B", "fg.blue"),
        ("a.b.G", "a_b.green"),
        ("01key-light.R", "key_light.red"),
        ("P.x", "P.x"),
    ],
)
def test_names_of_channels(nuke_gui: Desk, tmp_path: Path, in_file: str, in_nuke: str) -> None:
    read = nuke_gui.nuke.nodes.Read(file=write(tmp_path / "a.exr", {in_file: noise()}), raw=True)
    assert read.channels() == [in_nuke]


def test_layers_of_a_file_are_known_to_the_script(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    assert "fg" not in nuke.layers()
    assert "fg.red" in plate.channels()
    assert "fg" in nuke.layers()
    assert nuke.layers(plate) == ["fg", "rgba"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("hold", "hold", [2, 2, 2, 3, 4, 4, 4]),
        ("loop", "loop", [3, 4, 2, 3, 4, 2, 3]),
        ("bounce", "bounce", [4, 3, 2, 3, 4, 3, 2]),
        ("black", "black", [0, 0, 2, 3, 4, 0, 0]),
    ],
)
def test_frames_beyond_a_sequence(
    nuke_gui: Desk, tmp_path: Path, before: str, after: str, shown: list[int]
) -> None:
    read = sequence(nuke_gui, tmp_path, {2: 2, 3: 3, 4: 4}, before=before, after=after)
    found = [nuke_gui.picture(read, frame).at("rgba.red", 0, 0) for frame in range(7)]
    assert found == shown
    assert (read.firstFrame(), read.lastFrame()) == (2, 4)


@pytest.mark.parametrize(
    ("on_error", "value"), [("black", 0.0), ("nearest frame", 2.0), ("error", None)]
)
def test_a_missing_frame(
    nuke_gui: Desk, tmp_path: Path, on_error: str, value: float | None
) -> None:
    read = sequence(nuke_gui, tmp_path, {2: 2, 4: 4}, on_error=on_error)
    nuke_gui.nuke.frame(3)
    assert read.hasError() is (value is None)
    if value is not None:
        assert nuke_gui.picture(read, 3).at("rgba.red", 1, 1) == value


def test_what_was_read_is_kept_until_it_is_reloaded(nuke_gui: Desk, tmp_path: Path) -> None:
    read = sequence(nuke_gui, tmp_path, {2: 2, 4: 4}, on_error="black")
    assert nuke_gui.picture(read, 2).at("rgba.red", 0, 0) == 2.0
    assert nuke_gui.picture(read, 3).at("rgba.red", 0, 0) == 0.0
    before = read.opHashes()
    sequence(nuke_gui, tmp_path, {2: 7, 3: 3})
    read["label"].setValue("anything that changes")
    assert [nuke_gui.picture(read, at).at("rgba.red", 0, 0) for at in (2, 3)] == [2.0, 0.0]
    read["reload"].execute()
    assert [nuke_gui.picture(read, at).at("rgba.red", 0, 0) for at in (2, 3)] == [7.0, 3.0]
    assert read.opHashes() != before


def test_a_damaged_file_is_an_error(nuke_gui: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.exr").write_bytes(b"no picture")
    read = nuke_gui.nuke.nodes.Read(file=f"{tmp_path.as_posix()}/a.exr")
    with pytest.raises(RuntimeError, match=r"a\.exr"):
        nuke_gui.picture(read)
