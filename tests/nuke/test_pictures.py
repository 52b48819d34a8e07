"""What goes out: colour, channels, formats, views, proxies, retimes, masks, hints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
from corridorkey_plugin.session import Session

from corridorkey_core.frames import Pixels, Window
from tests.nuke.seat import FRAMES, Seat, make_nuke_shot, sit_down
from tests.nuke.stand_in.colours import BUILT_IN
from tests.picture_files import write
from tests.small_shot import HEIGHT, WIDTH, alpha_of, plate_of

ACESCG = "ACEScg"
LINEAR = "Linear Rec.709 (sRGB)"
HALF = 2.0**-11
SHOW = """
ocio_profile_version: 2
roles: {scene_linear: working}
file_rules: [!<Rule> {name: Default, colorspace: working}]
displays: {screen: [!<View> {name: Raw, colorspace: working}]}
active_displays: []
active_views: []
colorspaces:
  - !<ColorSpace> {name: working}
  - !<ColorSpace>
    name: lin_rec709
    to_scene_reference: !<MatrixTransform>
      matrix: [0.6131, 0.3395, 0.0474, 0, 0.0702, 0.9164, 0.0134, 0,
               0.0206, 0.1096, 0.8698, 0, 0, 0, 0, 1]
  - !<ColorSpace>
    name: camera
    to_scene_reference: !<MatrixTransform>
      matrix: [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1]
"""
"""A show whose working space is ACEScg, or nearly so, and whose camera counts in halves of it."""


@pytest.fixture
def seat(tmp_path: Path, shared: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    with sit_down(make_nuke_shot(tmp_path), shared, monkeypatch) as seat:
        yield seat


def use_ocio(seat: Seat, working: str) -> None:
    root = seat.nuke.root()
    root["colorManagement"].setValue("OCIO")
    root["workingSpaceLUT"].setValue(working)


def foreground(seat: Seat, node: Any, frame: int = 1002) -> Pixels:
    picture = seat.desk.picture(node, frame)
    return np.stack([picture.plane(f"ck_fg.{name}") for name in ("red", "green", "blue")], axis=-1)


def pixels_of(path: Path) -> Pixels:
    return np.asarray(oiio.ImageBuf(str(path)).get_pixels(oiio.FLOAT))


def answer(seat: Seat, frame: int) -> Pixels:
    """The one answer on disk of a frame: R, G, B, matte."""
    (path,) = (one for one in seat.results() if one.name.endswith(f".{frame}.exr"))
    return pixels_of(path)


@pytest.mark.parametrize("is_rendered", [False, True])
@pytest.mark.parametrize("working", [ACESCG, LINEAR])
def test_the_working_space_is_led_to_the_engine_and_back(
    seat: Seat, working: str, is_rendered: bool
) -> None:
    plain = seat.node(seat.read(), despill="off")
    seat.key(plain)
    reference = answer(seat, 1002)
    seat.desk.press(plain, "clear_cache")
    seat.nuke.delete(plain)
    use_ocio(seat, working)
    read = seat.read(raw=False, colorspace=LINEAR)
    node = seat.node(seat.graded(read) if is_rendered else read, despill="off")
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    stored = answer(seat, 1002)
    assert np.abs(stored - reference).max() < 8 * HALF
    picture = oiio.ImageBuf(np.ascontiguousarray(stored[..., :3]))
    led = oiio.ImageBufAlgo.colorconvert(picture, LINEAR, working, False, colorconfig=BUILT_IN)
    assert np.abs(foreground(seat, node) - led.get_pixels(oiio.FLOAT)).max() < HALF


def test_a_file_in_a_shows_own_space_is_read_as_nuke_reads_it(seat: Seat) -> None:
    config = seat.folder / "show.ocio"
    config.write_text(SHOW)
    root = seat.nuke.root()
    root["colorManagement"].setValue("OCIO")
    root["OCIO_config"].setValue("custom")
    root["customOCIOConfigPath"].setValue(config.as_posix())
    root["workingSpaceLUT"].setValue("working")
    read = seat.read(raw=False, colorspace="camera")
    node = seat.node(read, despill="off")
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    assert seat.desk.session.rendered == []  # the engine read the files
    direct = answer(seat, 1002)
    seat.desk.press(node, "clear_cache")
    node["render_plate"].setValue(True)
    seat.key(node)
    assert len(seat.desk.session.rendered) == len(FRAMES)
    scale = np.maximum(1, np.abs(direct))
    assert (np.abs(answer(seat, 1002) - direct) / scale).max() < 8 * HALF
    shown, plate = seat.desk.picture(node, 1002), seat.desk.picture(read, 1002)
    solid = seat.alpha(node, 1002) == 1
    green = (shown.plane("ck_fg.green") - plate.plane("rgba.green"))[solid]
    assert solid.any()
    assert np.abs(green).max() < 8 * HALF


def test_the_matte_is_no_colour(seat: Seat) -> None:
    plain = seat.node(seat.graded(seat.read()))
    seat.key(plain)
    before = seat.alpha(plain, 1002).copy()
    use_ocio(seat, LINEAR)
    seat.desk.idle()
    seat.key(plain)
    assert np.abs(seat.alpha(plain, 1002) - before).max() < 4 * HALF


def test_a_config_without_linear_rec709_is_told_and_can_be_helped(seat: Seat) -> None:
    use_ocio(seat, ACESCG)
    node = seat.node(seat.read(raw=False), linear_rec709="no such space")
    seat.desk.press(node, "key_range")
    assert "no 'no such space'" in node["status"].value()
    node["linear_rec709"].setValue("lin_rec709")
    assert not seat.shows(node, 1001)


def test_channels_and_metadata_of_the_plate_pass_through(seat: Seat) -> None:
    for frame in FRAMES:
        depth = np.full((HEIGHT, WIDTH, 1), frame, np.float32)
        pixels = np.concatenate([plate_of(frame).astype(np.float32), depth], axis=2)
        names = ["R", "G", "B", "depth.Z"]
        path = seat.folder / f"plate/shot.{frame}.exr"
        write(path, pixels, names, shotgun="sq010", FramesPerSecond=("rational", (24000, 1001)))
    read = seat.read()
    node = seat.node(read)
    seat.key(node)
    picture, plate = seat.desk.picture(node, 1002), seat.desk.picture(read, 1002)
    assert set(plate.names) <= set(picture.names)
    assert {"ck_fg.red", "ck_fg.green", "ck_fg.blue", "rgba.alpha"} <= set(picture.names)
    assert picture.plane("depth.Z").max() == 1002
    assert picture.metadata == plate.metadata


def test_a_disabled_node_passes_the_plate(seat: Seat) -> None:
    read = seat.read()
    node = seat.node(read)
    node["disable"].setValue(True)
    shown, plate = seat.desk.picture(node, 1002), seat.desk.picture(read, 1002)
    assert np.array_equal(shown.plane("rgba.green"), plate.plane("rgba.green"))


@pytest.mark.parametrize("is_rendered", [False, True])
def test_windows_and_pixel_aspect_are_the_plates(seat: Seat, is_rendered: bool) -> None:
    display = Window(8, 4, 64, 48)
    for frame in FRAMES:
        path = seat.folder / f"plate/shot.{frame}.exr"
        write(path, plate_of(frame), display=display, PixelAspectRatio=2.0)
    read = seat.read()
    node = seat.node(seat.graded(read) if is_rendered else read)
    seat.key(node)
    shown, plate = seat.desk.picture(node, 1002), seat.desk.picture(read, 1002)
    assert shown.box == plate.box
    assert (shown.format.width(), shown.format.height()) == (64, 48)
    assert node.pixelAspect() == 2.0
    inner = seat.desk.picture(node.node("Keyed"), 1002)
    assert (inner.box.shape, inner.format.pixelAspect()) == ((HEIGHT, WIDTH), 2.0)
    assert inner.box.intersection(plate.box) == inner.box


def test_a_picture_without_end_is_cut_to_its_format(seat: Seat) -> None:
    constant = seat.nuke.nodes.Constant(channels="rgb", first=1001, last=1002)
    constant["color"].setValue((0.1, 0.5, 0.1, 0.0))
    small = seat.nuke.nodes.Reformat(type="to box", box_fixed=True, box_width=64, box_height=32)
    small.setInput(0, constant)
    wide = seat.nuke.nodes.Crop(inputs=[small], crop=False)
    wide["box"].setValue((-90, -90, 150, 150))
    node = seat.node(seat.graded(wide), range="custom", range_first=1001, range_last=1001)
    seat.key(node)
    assert "1 keyed" in node["status"].value()
    staged = oiio.ImageBuf(str(next((seat.folder / "cache").rglob("plate.1001.exr")))).spec()
    assert (staged.width, staged.height) == (64, 32)


@pytest.mark.parametrize("kind", ["scale", "format"])
def test_a_proxy_changes_neither_what_is_keyed_nor_how_much_it_shrinks(
    seat: Seat, kind: str
) -> None:
    root = seat.nuke.root()
    node = seat.node(seat.graded(seat.read()))
    root["proxy_type"].setValue(kind)
    root["proxy_scale"].setValue(0.5 if kind == "scale" else 0.1)
    root.setProxy(True)
    seat.key(node)
    assert root.proxy()
    staged = oiio.ImageBuf(str(next((seat.folder / "cache").rglob("plate.1001.exr")))).spec()
    assert (staged.width, staged.height) == (WIDTH, HEIGHT)
    small = seat.alpha(node, 1002)
    assert small.shape == (HEIGHT // 2, WIDTH // 2)
    root.setProxy(False)
    full = seat.alpha(node, 1002)
    assert full.shape == (HEIGHT, WIDTH)
    assert abs(float(full.mean() - small.mean())) < 0.02
    node["shrink_grow"].setValue(-4)
    grown = float(seat.alpha(node, 1002).mean())
    root.setProxy(True)
    assert abs(float(seat.alpha(node, 1002).mean()) - grown) < 0.02


def test_two_views_are_keyed_and_shown_each_with_its_own_picture(seat: Seat) -> None:
    root = seat.nuke.root()
    root.addView("left")
    root.addView("right")
    root.deleteView("main")
    for view, shift in (("left", 0), ("right", 5)):
        for frame in FRAMES[:2]:
            write(seat.folder / f"{view}/shot.{frame}.exr", plate_of(frame + shift))
    read = seat.read("%V/shot.####.exr", last=1002)
    node = seat.node(read)
    seat.key(node)
    pattern = node["key_file"].value()
    assert "%V" in pattern
    for frame in FRAMES[:2]:
        left, right = (seat.alpha(node, frame, view) for view in ("left", "right"))
        assert np.abs(left - alpha_of(frame)[..., 0]).mean() < 0.03
        assert np.abs(right - alpha_of(frame + 5)[..., 0]).mean() < 0.03
    read["last"].setValue(1001)
    seat.desk.idle()
    assert node["key_file"].value() != pattern
    seat.desk.press(node, "key_range")
    seat.wait()
    assert seat.shows(node, 1001, "right")


def test_a_view_alone_and_one_that_is_none(seat: Seat) -> None:
    seat.nuke.root().addView("right")
    node = seat.node(seat.graded(seat.read()), views="right")
    seat.key(node)
    assert {view for _, _, view in seat.desk.session.rendered} == {"right"}
    node["views"].setValue("middle")
    seat.desk.press(node, "key_range")
    assert "no view 'middle'" in node["status"].value()


def test_a_retimed_plate_is_keyed_as_it_is_shown(seat: Seat) -> None:
    hold = seat.nuke.nodes.FrameHold(inputs=[seat.read()], firstFrame=1004)
    node = seat.node(hold, range="custom", range_first=1001, range_last=1003)
    seat.key(node)
    first, second = (seat.alpha(node, frame).copy() for frame in (1001, 1003))
    assert np.array_equal(first, second)
    assert np.abs(first - alpha_of(1004)[..., 0]).mean() < 0.03
    later = seat.nuke.nodes.TimeOffset(inputs=[seat.read()], time_offset=10)
    node.setInput(0, later)
    node["range"].setValue("plate")
    seat.key(node)
    assert np.abs(seat.alpha(node, 1013) - alpha_of(1003)[..., 0]).mean() < 0.03


@pytest.mark.parametrize("is_rendered", [False, True])
def test_a_plate_shorter_than_the_range_holds_its_ends(seat: Seat, is_rendered: bool) -> None:
    read = seat.read(last=1003)
    node = seat.node(seat.graded(read) if is_rendered else read)
    node["range"].setValue("custom")
    node["range_first"].setValue(1001)
    node["range_last"].setValue(1005)
    seat.key(node)
    assert np.array_equal(seat.alpha(node, 1005), seat.alpha(node, 1003))
    assert "failed" not in node["status"].value()
    seat.go_to(1020)
    seat.desk.press(node, "key_frame")
    assert "has no frame 1020" in node["status"].value()


def test_masks(seat: Seat) -> None:
    read = seat.read()
    plain = seat.node(read)
    seat.key(plain)
    before = seat.alpha(plain, 1002).copy()
    for index, name in ((2, "garbage"), (3, "holdout")):
        pixels = np.zeros((HEIGHT, WIDTH, 4), np.float16)
        pixels[10:40, 30:70] = 1.0 if index == 2 else 0.5
        write(seat.folder / f"{name}.exr", pixels, ["R", "G", "B", "A"])
        plain.setInput(index, seat.read(f"{name}.exr", first=1, last=1))
    plain["output"].setValue("straight")
    seat.desk.idle()
    assert seat.keyed(plain) == FRAMES
    alpha = seat.alpha(plain, 1002)
    assert not alpha[10:40, 30:70].any()
    assert np.array_equal(np.delete(alpha, np.s_[30:70], 1), np.delete(before, np.s_[30:70], 1))
    plain.setInput(2, None)
    held = seat.alpha(plain, 1002)
    assert np.array_equal(held, np.maximum(before, np.where(held == 0.5, 0.5, before)))
    assert held[12, 32] == 0.5
    shown, plate = seat.desk.picture(plain, 1002), seat.desk.picture(read, 1002)
    mixed = 0.5 * (plate.plane("rgba.green") + foreground_without(plain, seat)[..., 1])
    assert np.abs(shown.plane("rgba.green") - mixed)[10:40, 30:70].max() < 1e-5


def foreground_without(node: Any, seat: Seat) -> Pixels:
    """The foreground as it is without a holdout."""
    holdout = node.input(3)
    node.setInput(3, None)
    made: Pixels = foreground(seat, node).copy()
    node.setInput(3, holdout)
    return made


@pytest.mark.parametrize("channel", ["auto", "luminance", "R", "rgba.green"])
def test_the_hint_is_the_channel_that_is_named(seat: Seat, channel: str) -> None:
    for frame in FRAMES:
        hint = np.repeat(alpha_of(frame), 4, axis=2).astype(np.float16)
        write(seat.folder / f"hint/shot.{frame}.exr", hint, ["R", "G", "B", "A"])
    hinted = seat.graded(seat.read("hint/shot.####.exr"))
    node = seat.node(seat.graded(seat.read()), hinted, hint_channel=channel)
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    staged = next((seat.folder / "cache").rglob("plate.1002.exr"))
    assert oiio.ImageBuf(str(staged)).spec().channelnames == ("R", "G", "B", "A")
    assert np.abs(pixels_of(staged)[..., 3] - alpha_of(1002)[..., 0]).max() < 1e-3


def test_a_rendered_hint_goes_with_a_plate_from_its_file(seat: Seat) -> None:
    node = seat.node(seat.read(), seat.graded(seat.read("hint/shot.####.exr")))
    seat.key(node)
    assert seat.keyed(node) == FRAMES
    assert {path.name[:4] for path in (seat.folder / "cache").rglob("*.exr")} >= {"hint"}
    assert not list((seat.folder / "cache").rglob("plate.*.exr"))


@pytest.mark.parametrize("is_rendered", [False, True])
def test_a_hint_of_another_size_is_refused_or_resampled(seat: Seat, is_rendered: bool) -> None:
    for frame in FRAMES:
        small = np.repeat(alpha_of(frame, WIDTH // 2, HEIGHT // 2), 4, axis=2).astype(np.float16)
        write(seat.folder / f"hint/shot.{frame}.exr", small, ["R", "G", "B", "A"])
    read = seat.read()
    plate = seat.graded(read) if is_rendered else read
    node = seat.node(plate, seat.read("hint/shot.####.exr"))
    seat.desk.press(node, "key_range")
    seat.wait()
    assert seat.keyed(node) == ()
    assert "hint" in node["status"].value()
    node["hint_fit"].setValue("resample")
    seat.key(node)
    assert seat.keyed(node) == FRAMES
