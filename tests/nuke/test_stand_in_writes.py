"""Writes of the stand-in: real files, with the windows, channels and types that Nuke gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest

from tests.nuke.small_pictures import noise, read_of, write
from tests.nuke.stand_in.desk import Desk
from tests.nuke.stand_in.pixels.picture import Box


@pytest.fixture
def plate(nuke_gui: Desk, tmp_path: Path) -> Any:
    return read_of(nuke_gui, tmp_path)


def rendered(nuke_gui: Desk, above: Any, folder: Path, **knobs: Any) -> tuple[Any, np.ndarray]:
    """Render a frame; the file's header and its pixels."""
    path = f"{folder.as_posix()}/out.exr"
    node = nuke_gui.nuke.nodes.Write(inputs=[above], file=path, file_type="exr", raw=True, **knobs)
    nuke_gui.nuke.execute(node, 1, 1)
    source = oiio.ImageInput.open(path)
    assert source is not None
    spec, pixels = source.spec(), np.asarray(source.read_image(oiio.FLOAT))
    source.close()
    return spec, pixels


def test_channels_are_rgb_unless_others_are_named(
    nuke_gui: Desk, tmp_path: Path, plate: Any
) -> None:
    spec, _ = rendered(nuke_gui, plate, tmp_path)
    assert spec.channelnames == ("R", "G", "B")
    spec, pixels = rendered(nuke_gui, plate, tmp_path, channels="rgba", datatype="32 bit float")
    assert spec.channelnames == ("R", "G", "B", "A")
    np.testing.assert_array_equal(pixels[..., 3], noise(3))
    spec, _ = rendered(nuke_gui, plate, tmp_path, channels="all")
    assert spec.channelnames == ("R", "G", "B", "A", "fg.red")


@pytest.mark.parametrize(("datatype", "kind"), [("16 bit half", "half"), ("32 bit float", "float")])
def test_a_file_has_the_type_and_compression_that_is_asked_for(
    nuke_gui: Desk, tmp_path: Path, plate: Any, datatype: str, kind: str
) -> None:
    spec, _ = rendered(
        nuke_gui, plate, tmp_path, datatype=datatype, compression="PIZ Wavelet (32 scanlines)"
    )
    assert str(spec.format) == kind
    assert spec["compression"] == "piz"
    assert spec["PixelAspectRatio"] == 2.0


def test_the_data_window_is_the_box_without_a_black_ring(nuke_gui: Desk, tmp_path: Path) -> None:
    box = Box(-1, 2, 7, 5)
    values = noise(4, box.shape)
    read = nuke_gui.nuke.nodes.Read(file=write(tmp_path / "a.exr", {"R": values}, box), raw=True)
    assert nuke_gui.picture(read).box == box.grown(1)
    spec, pixels = rendered(nuke_gui, read, tmp_path, datatype="32 bit float")
    assert (spec.x, spec.y, spec.width, spec.height) == (-1, 1, 8, 3)
    assert (spec.full_width, spec.full_height) == (8, 6)
    np.testing.assert_array_equal(pixels[..., 0], values)


def test_metadata_is_written_where_it_is_asked_for(
    nuke_gui: Desk, tmp_path: Path, plate: Any
) -> None:
    spec, _ = rendered(nuke_gui, plate, tmp_path)
    assert spec.get("Artist") is None
    spec, _ = rendered(nuke_gui, plate, tmp_path, metadata="all metadata")
    assert spec["Artist"] == "me"


def test_folders_are_made_only_where_that_is_said(
    nuke_gui: Desk, tmp_path: Path, plate: Any
) -> None:
    with pytest.raises(RuntimeError, match="No such file"):
        rendered(nuke_gui, plate, tmp_path / "new")
    rendered(nuke_gui, plate, tmp_path / "new", create_directories=True)


def test_what_cannot_be_written_is_an_error(nuke_gui: Desk, tmp_path: Path, plate: Any) -> None:
    nuke = nuke_gui.nuke
    with pytest.raises(RuntimeError, match="nothing is in 'mask'"):
        rendered(nuke_gui, plate, tmp_path, channels="mask")
    with pytest.raises(RuntimeError, match="no file"):
        nuke.execute(nuke.nodes.Write(inputs=[plate]), 1, 1)
    with pytest.raises(RuntimeError, match="no input"):
        nuke.execute(nuke.nodes.Write(file="/tmp/nothing.exr"), 1, 1)
    with pytest.raises(NotImplementedError, match="EXR only"):
        nuke.execute(nuke.nodes.Write(inputs=[plate], file="/tmp/nothing.png"), 1, 1)


def test_views_go_into_files_of_their_own(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    nuke.root().deleteView("main")
    for view, value in (("left", 0.25), ("right", 0.75)):
        nuke.addView(view)
        write(tmp_path / f"in.{view}.exr", {"R": np.full((6, 8), value)})
    read = nuke.nodes.Read(file=f"{tmp_path.as_posix()}/in.%V.exr", raw=True)
    out = nuke.nodes.Write(inputs=[read], file=f"{tmp_path.as_posix()}/out.%V.####.exr")
    out["views"].setValue("left right")
    nuke.execute(out, 5, 5)
    for view, value in (("left", 0.25), ("right", 0.75)):
        made = nuke.nodes.Read(file=f"{tmp_path.as_posix()}/out.{view}.0005.exr", raw=True)
        assert nuke_gui.picture(made, 1, view).at("rgba.red", 0, 0) == value
    nuke.execute(out, 6, 6, 1, ["right"])
    assert sorted(one.name for one in tmp_path.glob("out.*.0006.exr")) == ["out.right.0006.exr"]
    held = nuke.nodes.OneView(inputs=[read], view="right")
    assert nuke_gui.picture(held, 1, "left").at("rgba.red", 0, 0) == 0.75
    out["file"].setValue(f"{tmp_path.as_posix()}/both.exr")
    with pytest.raises(NotImplementedError, match="two views into one file"):
        nuke.execute(out, 1, 1)


def test_an_error_can_be_passed_over(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    for frame in (1, 3):
        write(tmp_path / f"in.{frame:04d}.exr", {"R": noise()})
    read = nuke.nodes.Read(file=f"{tmp_path.as_posix()}/in.%04d.exr", last=3)
    out = nuke.nodes.Write(inputs=[read], file=f"{tmp_path.as_posix()}/out.%04d.exr")
    with pytest.raises(RuntimeError, match=r"in\.0002\.exr"):
        nuke.execute(out, 1, 3)
    assert len(list(tmp_path.glob("out.*"))) == 1
    nuke.execute(out, 1, 3, continueOnError=True)
    assert len(list(tmp_path.glob("out.*"))) == 2
