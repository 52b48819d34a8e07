"""What nodes of the stand-in make of pixels, held to the reference guide's words and formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nuke.small_pictures import SIZE, noise, read_of, red, sequence, write
from tests.nuke.stand_in.desk import Desk
from tests.nuke.stand_in.pixels.picture import Box


@pytest.fixture
def plate(nuke_gui: Desk, tmp_path: Path) -> Any:
    return read_of(nuke_gui, tmp_path)


def test_copy_moves_channels_and_keeps_the_others(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    other = nuke.nodes.Constant(channels="rgba", format="HD_1080", color=0.75)
    nuke_gui.picture(plate)
    copy = nuke.nodes.Copy(
        inputs=[plate, other], from0="rgba.red", to0="fg.red", from1="rgba.alpha", to1="rgba.blue"
    )
    copy["bbox"].setValue("B")
    before, after = nuke_gui.picture(plate), nuke_gui.picture(copy)
    assert after.box == before.box
    assert {float(after.plane(name)[2, 2]) for name in ("fg.red", "rgba.blue")} == {0.75}
    for name in ("rgba.red", "rgba.green", "rgba.alpha"):
        np.testing.assert_array_equal(after.plane(name), before.plane(name))
    assert nuke.nodes.Copy(inputs=[plate, other]).width() == 8


@pytest.mark.parametrize(
    ("operation", "formula"),
    [
        ("over", "A + B * (1 - a)"),
        ("stencil", "B * (1 - a)"),
        ("mask", "B * a"),
        ("max", "np.maximum(A, B)"),
        ("plus", "A + B"),
        ("copy", "A"),
        ("multiply", "A * B"),
    ],
)
def test_merges_are_as_their_tooltip_says(
    nuke_gui: Desk, tmp_path: Path, plate: Any, operation: str, formula: str
) -> None:
    channels = {name: noise(20 + at) for at, name in enumerate("RGBA")}
    other = nuke_gui.nuke.nodes.Read(file=write(tmp_path / "b.exr", channels), raw=True)
    merge = nuke_gui.nuke.nodes.Merge2(inputs=[plate, other], operation=operation)
    made = nuke_gui.picture(merge)
    for at, name in enumerate(("rgba.red", "rgba.green", "rgba.blue", "rgba.alpha")):
        known = {"A": noise(20 + at), "B": noise(at), "a": noise(23), "np": np}
        expected = eval(formula, known)
        np.testing.assert_allclose(made.plane(name), expected, rtol=1e-6)


def test_a_mask_and_a_mix_leave_some_of_b(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    white = nuke.nodes.Constant(channels="rgba", color=1.0)
    merge = nuke.nodes.Merge2(inputs=[plate, white], operation="copy", bbox="B", mix=0.25)
    made = red(nuke_gui.picture(merge))
    np.testing.assert_allclose(made, noise(0) * 0.75 + 0.25, rtol=1e-6)
    merge.setInput(2, plate)
    masked = red(nuke_gui.picture(merge))
    strength = 0.25 * noise(3)
    np.testing.assert_allclose(masked, noise(0) * (1 - strength) + strength, rtol=1e-6)


def test_keymix_takes_a_where_the_mask_is(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    white = nuke.nodes.Constant(channels="rgba", color=1.0)
    mix = nuke.nodes.Keymix(inputs=[plate, white, plate], bbox="B", channels="rgb")
    made = nuke_gui.picture(mix)
    np.testing.assert_allclose(red(made), noise(3) + noise(0) * (1 - noise(3)), rtol=1e-6)
    np.testing.assert_array_equal(made.plane("rgba.alpha"), noise(3))
    mix["invertMask"].setValue(True)
    expected = (1 - noise(3)) + noise(0) * noise(3)
    np.testing.assert_allclose(red(nuke_gui.picture(mix)), expected, rtol=1e-5)


def test_premult_and_unpremult_undo_each_other(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    premult = nuke.nodes.Premult(inputs=[plate])
    np.testing.assert_allclose(red(nuke_gui.picture(premult)), noise(0) * noise(3))
    back = nuke_gui.picture(nuke.nodes.Unpremult(inputs=[premult]))
    np.testing.assert_allclose(red(back), noise(0), rtol=1e-6)
    np.testing.assert_array_equal(back.plane("rgba.alpha"), noise(3))
    np.testing.assert_array_equal(back.plane("fg.red"), noise(9))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(across=st.integers(-3, 3), up=st.integers(-3, 3))
def test_dilate_is_the_largest_of_a_rectangle(
    nuke_gui: Desk, plate: Any, across: int, up: int
) -> None:
    dilate = nuke_gui.nuke.nodes.Dilate(inputs=[plate], channels="rgba.red", size=[across, up])
    made = nuke_gui.picture(dilate)
    for y in range(SIZE[1]):
        for x in range(SIZE[0]):
            assert made.at("rgba.red", x, y) == pytest.approx(extreme(x, y, across, up))
    nuke_gui.nuke.delete(dilate)


def extreme(x: int, y: int, across: int, up: int) -> float:
    """By the definition, one pixel at a time: first along the row, then along the column."""

    def row(here: int) -> float:
        values = [
            noise(0)[SIZE[1] - 1 - min(max(here, 0), SIZE[1] - 1), min(max(one, 0), SIZE[0] - 1)]
            for one in range(x - abs(across), x + abs(across) + 1)
        ]
        return float(max(values) if across >= 0 else min(values))

    rows = [row(one) for one in range(y - abs(up), y + abs(up) + 1)]
    return max(rows) if up >= 0 else min(rows)


def test_dilate_refuses_parts_of_a_pixel(nuke_gui: Desk, plate: Any) -> None:
    dilate = nuke_gui.nuke.nodes.Dilate(inputs=[plate], size=1.5)
    with pytest.raises(NotImplementedError, match="no whole pixels"):
        nuke_gui.picture(dilate)


def test_expressions_see_channels_places_neighbours_and_knobs(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    control = nuke.nodes.NoOp(name="Control")
    control.addKnob(nuke.Double_Knob("w"))
    control["w"].setValue(0.5)
    node = nuke.nodes.Expression(
        inputs=[plate],
        temp_name0="twice",
        temp_expr0="r * 2",
        expr0="twice + fg.red",
        expr1="x + y * 100",
        expr2="a(x + 1, y - 1) * Control.w",
        expr3="a > 0.5 ? 1 : 0",
    )
    made = nuke_gui.picture(node)
    np.testing.assert_allclose(red(made), noise(0) * 2 + noise(9), rtol=1e-6)
    assert made.at("rgba.green", 3, 2) == 203.0
    below_right = noise(3)[SIZE[1] - 1 - 1, 4]
    assert made.at("rgba.blue", 3, 2) == pytest.approx(below_right / 2)
    corner = noise(3)[SIZE[1] - 1, SIZE[0] - 1]  # beyond the box its edge is repeated
    assert made.at("rgba.blue", SIZE[0] - 1, 0) == pytest.approx(corner / 2)
    np.testing.assert_array_equal(made.plane("rgba.alpha"), noise(3) > 0.5)


def test_a_blank_expression_is_zero(nuke_gui: Desk, plate: Any) -> None:
    made = nuke_gui.picture(nuke_gui.nuke.nodes.Expression(inputs=[plate], expr3="a"))
    assert not red(made).any()
    np.testing.assert_array_equal(made.plane("rgba.alpha"), noise(3))


def test_a_formula_that_names_nothing_is_an_error(nuke_gui: Desk, plate: Any) -> None:
    node = nuke_gui.nuke.nodes.Expression(inputs=[plate], expr0="nothing.size * r")
    with pytest.raises(ValueError, match="nothing"):
        nuke_gui.picture(node)


def test_crop_adds_a_black_pixel_around_unless_told_not_to(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    crop = nuke.nodes.Crop(inputs=[plate], box=[2, 1, 6, 5])
    made = nuke_gui.picture(crop)
    assert made.box == Box(1, 0, 7, 6)
    assert made.without_ring().box == Box(2, 1, 6, 5)
    assert made.at("rgba.red", 1, 2) == 0.0
    assert made.at("rgba.red", 2, 1) == noise(0)[SIZE[1] - 1 - 1, 2]
    crop["crop"].setValue(False)
    assert nuke_gui.picture(crop).box == Box(2, 1, 6, 5)
    crop["reformat"].setValue(True)
    made = nuke_gui.picture(crop)
    assert (made.format.width(), made.format.height(), made.box) == (4, 4, Box(0, 0, 4, 4))


def test_reformat_moves_or_scales(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    sizes = {"box_width": 12, "box_height": 10, "box_fixed": True, "type": "to box"}
    moved = nuke.nodes.Reformat(inputs=[plate], resize="none", box_pixel_aspect=2, **sizes)
    made = nuke_gui.picture(moved)
    assert (made.box, made.format.width()) == (Box(2, 2, 10, 8), 12)
    np.testing.assert_array_equal(red(made), noise(0))
    half = nuke.nodes.Reformat(inputs=[plate], type="scale", scale=0.5)
    made = nuke_gui.picture(half)
    assert (made.format.width(), made.format.height()) == (4, 3)
    assert made.at("rgba.red", 0, 2) == pytest.approx(float(noise(0)[:2, :2].mean()), rel=1e-6)


def test_time_is_held_and_offset(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    read = sequence(nuke_gui, tmp_path, {2: 2, 3: 3, 4: 4})
    hold = nuke.nodes.FrameHold(inputs=[read], firstFrame=3)
    offset = nuke.nodes.TimeOffset(inputs=[read], time_offset=10)
    assert nuke_gui.picture(hold, 99).at("rgba.red", 0, 0) == 3.0
    assert nuke_gui.picture(offset, 14).at("rgba.red", 0, 0) == 4.0
    assert (offset.firstFrame(), offset.lastFrame()) == (12, 14)
    assert (hold.firstFrame(), hold.lastFrame()) == (3, 3)
    files = [[node.name(), paths] for node, paths in offset.fileDependencies(12, 13)]
    folder = tmp_path.as_posix()
    assert files == [["Read1", [f"{folder}/s.0002.exr", f"{folder}/s.0003.exr"]]]


def test_a_switch_and_a_disabled_node_pass_one_input(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    black = nuke.nodes.Constant(channels="rgba", color=0.0)
    switch = nuke.nodes.Switch(inputs=[black, plate], which=1)
    np.testing.assert_array_equal(red(nuke_gui.picture(switch)), noise(0))
    switch["which"].setValue(9)
    np.testing.assert_array_equal(red(nuke_gui.picture(switch)), noise(0))
    gain = nuke.nodes.Multiply(inputs=[plate], value=3, disable=True)
    np.testing.assert_array_equal(red(nuke_gui.picture(gain)), noise(0))


def test_an_input_node_leads_out_of_its_group(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    with nuke.nodes.Group() as group:
        inner = nuke.nodes.Input(number=1)
        nuke.nodes.Input(number=0)
        gain = nuke.nodes.Multiply(inputs=[inner], value=2)
        nuke.nodes.Output(inputs=[gain])
    group.setInput(1, plate)
    np.testing.assert_allclose(red(nuke_gui.picture(group)), noise(0) * 2)
    group["disable"].setValue(True)
    assert not nuke_gui.picture(group).channels


def test_working_in_acescg_converts_what_is_read_and_written(
    nuke_gui: Desk, tmp_path: Path, plate: Any
) -> None:
    nuke = nuke_gui.nuke
    root = nuke.root()
    root["colorManagement"].setValue("OCIO")
    root["workingSpaceLUT"].setValue("ACEScg")
    to_rec709 = nuke.nodes.OCIOColorSpace(
        inputs=[plate], in_colorspace="ACEScg", out_colorspace="Linear Rec.709 (sRGB)"
    )
    # AP1 to Rec.709, both D65 to D60 by Bradford: the ACES project's own numbers.
    red_of_white = nuke_gui.picture(
        nuke.nodes.OCIOColorSpace(
            inputs=[nuke.nodes.Constant(channels="rgb", color=[1.0, 0.0, 0.0, 0.0])],
            in_colorspace="ACEScg",
            out_colorspace="Linear Rec.709 (sRGB)",
        )
    )
    assert red_of_white.at("rgba.red", 0, 0) == pytest.approx(1.70505, abs=1e-4)
    assert red_of_white.at("rgba.green", 0, 0) == pytest.approx(-0.13026, abs=1e-4)
    back = nuke.nodes.OCIOColorSpace(
        inputs=[to_rec709], in_colorspace="Linear Rec.709 (sRGB)", out_colorspace="ACEScg"
    )
    np.testing.assert_allclose(red(nuke_gui.picture(back)), noise(0), atol=1e-5)
    np.testing.assert_array_equal(nuke_gui.picture(back).plane("rgba.alpha"), noise(3))
    read = nuke.nodes.Read(file=plate["file"].value(), colorspace="Linear Rec.709 (sRGB)")
    assert not np.allclose(red(nuke_gui.picture(read)), noise(0), atol=1e-3)
    path = f"{tmp_path.as_posix()}/out.exr"
    write_node = nuke.nodes.Write(
        inputs=[read], file=path, file_type="exr", colorspace="Linear Rec.709 (sRGB)"
    )
    write_node["datatype"].setValue("32 bit float")
    nuke.execute(write_node, 1, 1)
    again = nuke.nodes.Read(file=path, raw=True)
    np.testing.assert_allclose(red(nuke_gui.picture(again)), noise(0), atol=1e-5)


@pytest.mark.parametrize(("proxy_type", "scale"), [("format", 0.5), ("scale", 0.25)])
def test_a_proxy_is_smaller(nuke_gui: Desk, plate: Any, proxy_type: str, scale: float) -> None:
    nuke = nuke_gui.nuke
    root = nuke.root()
    root["proxy_type"].setValue(proxy_type)
    root["proxy_scale"].setValue(0.25)
    full = nuke_gui.picture(plate)
    root.setProxy(True)
    small = nuke_gui.picture(plate)
    assert small.format.width() == full.format.width() * scale
    assert (
        small.at("rgba.red", 0, 0)
        == pytest.approx(float(red(full)[-round(1 / scale) :, : round(1 / scale)].mean()), rel=1e-5)
        or proxy_type == "scale"
    )
    node = nuke.nodes.Expression(inputs=[plate], expr0="x")
    assert nuke_gui.picture(node).at("rgba.red", 1, 0) == 1 / scale


def test_a_node_that_the_stand_in_cannot_work_out_says_so(nuke_gui: Desk, plate: Any) -> None:
    nuke = nuke_gui.nuke
    for node in (
        nuke.nodes.Crop(inputs=[plate], softness=3),
        nuke.nodes.Merge2(inputs=[plate, plate], operation="overlay"),
        nuke.nodes.Reformat(inputs=[plate], flip=True),
        nuke.nodes.Multiply(inputs=[plate], mix=0.5),
    ):
        with pytest.raises(NotImplementedError):
            nuke_gui.picture(node)
