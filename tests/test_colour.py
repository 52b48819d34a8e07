"""Named colour spaces: the way into linear Rec.709 and back, held to OpenImageIO's own numbers."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenImageIO as oiio
import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.colour import (
    BUILT_IN_CONFIG,
    auto_space,
    colour_tag,
    linear_to_srgb,
    resolve,
    srgb_to_linear,
)
from corridorkey_core.colour.config import load_config
from corridorkey_core.errors import ColourError

LINEAR = "Linear Rec.709 (sRGB)"
MATRICES = ("ACEScg", "ACES2065-1", "Linear ARRI Wide Gamut 4", "Linear P3-D65", "Linear Rec.2020")
CURVES = (
    "ARRI LogC3 (EI800)",
    "ARRI LogC4",
    "S-Log3 S-Gamut3.Cine",
    "ACEScct",
    "V-Log V-Gamut",
    "Log3G10 REDWideGamutRGB",
    "DaVinci Intermediate WideGamut",
    "Camera Rec.709",
    "sRGB Encoded P3-D65",
)
MIDDLE_GREY = {
    "ARRI LogC3 (EI800)": 0.391007,
    "ARRI LogC4": 0.278396,
    "S-Log3 S-Gamut3.Cine": 420 / 1023,
    "ACEScct": 0.413588,
    "V-Log V-Gamut": 0.423311,
    "DaVinci Intermediate WideGamut": 0.336043,
}
CUSTOM = """
ocio_profile_version: 2
roles: {{scene_linear: working{roles}}}
file_rules: [!<Rule> {{name: Default, colorspace: working}}]
displays: {{screen: [!<View> {{name: Raw, colorspace: working}}]}}
active_displays: []
active_views: []
colorspaces:
  - !<ColorSpace> {{name: working}}
  - !<ColorSpace>
    name: twice
    to_scene_reference: !<MatrixTransform>
      matrix: [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1]
"""

HALF = 2.0**-12
"""Half of what a half float can tell apart, as a share of the value."""

finite = st.floats(-60000, 60000, width=32)


def picture(seed: int = 0) -> Tensor:
    """Random light [3, 96, 32]: negatives, shadows, and highlights up to 16."""
    noise = torch.Generator().manual_seed(seed)
    bands = [torch.rand((3, 32, 32), generator=noise) for _ in range(3)]
    return torch.cat([bands[0] * 16, bands[1], bands[2] * 0.2 - 0.1], dim=1)


def by_openimageio(values: Tensor, source: str, target: str) -> Tensor:
    pixels: npt.NDArray[np.float32] = np.ascontiguousarray(values.permute(1, 2, 0).numpy())
    converted = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(pixels), source, target, unpremult=False, colorconfig=BUILT_IN_CONFIG
    )
    return torch.from_numpy(np.asarray(converted.get_pixels(oiio.FLOAT))).permute(2, 0, 1)


def config_file(folder: Path, text: str) -> str:
    path = folder / "show.ocio"
    path.write_text(text)
    return str(path)


@pytest.fixture(autouse=True)
def _no_ocio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCIO", raising=False)


@pytest.mark.parametrize("name", MATRICES)
def test_a_matrix_equals_openimageio(name: str) -> None:
    space = resolve(name)
    assert space.is_linear
    values = torch.cat([picture(), -picture(1), picture(2) * 1000], dim=1)
    largest = values.abs().amax(dim=0)
    for ours, theirs in (
        (space.to_linear(values), by_openimageio(values, name, LINEAR)),
        (space.from_linear(values), by_openimageio(values, LINEAR, name)),
    ):
        assert ((ours - theirs).abs() <= 1e-5 * largest).all()


@pytest.mark.parametrize("name", CURVES)
def test_a_curve_equals_openimageio(name: str) -> None:
    space = resolve(name)
    assert not space.is_linear
    codes = torch.rand((3, 64, 64), generator=torch.Generator().manual_seed(3)) * 1.1 - 0.1
    light = space.to_linear(codes)
    theirs = by_openimageio(codes, name, LINEAR)
    scale = theirs.abs().amax(dim=0).clamp_min(1e-2)
    assert ((light - theirs).abs() <= HALF * scale).all()
    encoded, expected = space.from_linear(picture()), by_openimageio(picture(), LINEAR, name)
    assert ((encoded - expected).abs() <= HALF * expected.abs().clamp_min(0.1)).all()


@pytest.mark.parametrize("name", ["linear", "srgb", *MATRICES, *CURVES])
def test_there_and_back(name: str) -> None:
    space = resolve(name)
    light = picture()
    again = space.to_linear(space.from_linear(light))
    scale = light.abs().amax(dim=0).clamp_min(0.05)
    assert ((again - light).abs() <= 1e-4 * scale).all()


@pytest.mark.parametrize("name", MIDDLE_GREY)
def test_middle_grey_has_the_maker_s_published_code(name: str) -> None:
    space, grey = resolve(name), torch.full((3, 1, 1), 0.18)
    assert space.from_linear(grey).mean().item() == pytest.approx(MIDDLE_GREY[name], abs=2e-5)


@pytest.mark.parametrize("name", [*MATRICES, *MIDDLE_GREY])
def test_camera_spaces_stay_on_the_device(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = resolve(name)
    monkeypatch.setattr(oiio.ImageBufAlgo, "colorconvert", None)
    assert space.from_linear(space.to_linear(picture())).isfinite().all()


@given(st.lists(finite, min_size=3, max_size=3))
def test_linear_spaces_hold_any_value(values: list[float]) -> None:
    light = torch.tensor(values).reshape(3, 1, 1)
    for name in ("linear", *MATRICES[:2]):
        space = SPACES[name]
        error = (space.to_linear(space.from_linear(light)) - light).abs()
        assert (error <= 1e-5 * light.abs().max() + 1e-35).all()


SPACES = {name: resolve(name) for name in ("linear", *MATRICES[:2])}


@given(st.lists(finite, min_size=1, max_size=50))
def test_srgb_is_odd_and_its_own_inverse(values: list[float]) -> None:
    light = torch.tensor(values)
    encoded = linear_to_srgb(light)
    assert torch.equal(linear_to_srgb(-light), -encoded)
    assert torch.allclose(srgb_to_linear(encoded), light, rtol=2e-5, atol=1e-7)


def test_srgb_has_its_published_values() -> None:
    codes = torch.tensor([0.0, 0.04045, 0.5, 1.0])
    light = torch.tensor([0.0, 0.0031308, 0.2140411, 1.0])
    assert torch.allclose(srgb_to_linear(codes), light, atol=1e-7)
    assert torch.allclose(linear_to_srgb(light), codes, atol=1e-5)


def test_srgb_rises_everywhere() -> None:
    codes = torch.linspace(-2, 8, 100_001)
    assert (srgb_to_linear(codes).diff() > 0).all()
    assert (linear_to_srgb(codes).diff() > 0).all()


@pytest.mark.parametrize("name", ["ARRI LogC4", "ACEScct", "ADX10", "Apple Log", "ACEScg", "srgb"])
def test_nothing_becomes_nan(name: str) -> None:
    wild = torch.tensor([0.5, 8.0, -8.0, 1e30, -1e30]).repeat(3, 4, 1)
    wild[1] = 0.25
    space = resolve(name)
    codes = wild.clamp(-100, 100) if name == "srgb" else wild
    assert space.to_linear(codes).isfinite().all()
    assert space.from_linear(codes).isfinite().all()


def test_a_conversion_leaves_its_input_alone() -> None:
    for name in ("linear", "srgb", "ACEScg", "ARRI LogC4"):
        values = picture()
        result = resolve(name).to_linear(values)
        assert torch.equal(values, picture())
        assert result.data_ptr() != values.data_ptr()
        assert (result.dtype, result.shape) == (torch.float32, values.shape)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("scene_linear", "ACEScg"),
        ("lin_ap1_scene", "ACEScg"),
        ("acescg", "ACEScg"),
        ("arri_logc4", "ARRI LogC4"),
        ("ocio:arrilogc4_awg4_scene", "ARRI LogC4"),
        ("S-LOG3 S-GAMUT3.CINE", "S-Log3 S-Gamut3.Cine"),
        (LINEAR, "linear"),
        ("lin_rec709", "linear"),
        ("linear", "linear"),
        ("srgb", "srgb"),
        ("Raw", "Raw"),
    ],
)
def test_names_roles_and_aliases(name: str, canonical: str) -> None:
    assert resolve(name).name == canonical


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("LogC4", "ARRI LogC4"),
        ("slog3", "S-Log3 S-Gamut3.Cine"),
        ("ACEScgg", "ACEScg"),
        ("lin rec709", LINEAR),
        ("lineer", "linear"),
        ("xyzzy", "It has: linear, srgb,"),
    ],
)
def test_an_unknown_name_lists_near_ones(name: str, near: str) -> None:
    with pytest.raises(ColourError) as caught:
        resolve(name)
    assert near in str(caught.value)
    assert repr(name) in str(caught.value)


def test_a_config_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ColourError, match=r"/nowhere/show\.ocio, named by `ocio_config`"):
        resolve("ACEScg", "/nowhere/show.ocio")
    monkeypatch.setenv("OCIO", "/nowhere/env.ocio")
    with pytest.raises(ColourError, match=r"/nowhere/env\.ocio, named by \$OCIO"):
        resolve("ACEScg")


def test_a_config_that_is_damaged_is_named(tmp_path: Path) -> None:
    where = config_file(tmp_path, "ocio_profile_version: 2\nroles: [")
    with pytest.raises(ColourError, match=r"show\.ocio.*yaml"):
        resolve("ACEScg", where)


def test_the_environment_config_is_used_unless_one_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = config_file(tmp_path, CUSTOM.format(roles=", aces_interchange: working"))
    monkeypatch.setenv("OCIO", where)
    assert resolve("twice").name == "twice"
    assert resolve("ACEScg", "cg-config-v4.0.0_aces-v2.0_ocio-v2.5").name == "ACEScg"
    with pytest.raises(ColourError, match="twice"):
        resolve("twice", BUILT_IN_CONFIG)


def test_linear_and_srgb_need_no_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", "/nowhere/env.ocio")
    assert resolve("linear").is_linear
    assert not resolve("srgb").is_linear
    assert colour_tag("linear").name == "lin_rec709_scene"


def test_a_config_without_rec709_goes_by_aces(tmp_path: Path) -> None:
    where = config_file(tmp_path, CUSTOM.format(roles=", aces_interchange: working"))
    light = picture()
    twice, aces = resolve("twice", where), resolve("ACES2065-1")
    assert twice.is_linear
    assert torch.allclose(twice.to_linear(light), aces.to_linear(light * 2), atol=1e-4)
    assert torch.allclose(twice.from_linear(light) * 2, aces.from_linear(light), atol=1e-4)


def test_a_config_that_places_nothing_is_refused(tmp_path: Path) -> None:
    where = config_file(tmp_path, CUSTOM.format(roles=""))
    with pytest.raises(ColourError, match="aces_interchange"):
        resolve("twice", where)


@pytest.mark.parametrize(
    ("is_float", "tag", "space"),
    [
        (True, None, "linear"),
        (False, None, "srgb"),
        (True, "lin_rec709_scene", "linear"),
        (True, "lin_ap1_scene", "ACEScg"),
        (False, "srgb_rec709_scene", "srgb"),
        (False, "sRGB", "srgb"),
        (True, "srgb_rec709_scene", "srgb"),
        (True, "ocio:arrilogc4_awg4_scene", "ARRI LogC4"),
        (True, "ARRI LogC4", "ARRI LogC4"),
        (True, "somebody's own", "linear"),
        (False, "somebody's own", "srgb"),
    ],
)
def test_auto_takes_the_tag_else_the_type(is_float: bool, tag: str | None, space: str) -> None:
    assert auto_space(is_float, tag) == space


@pytest.mark.parametrize("name", ["linear", "srgb", "ACEScg", "ARRI LogC4", "S-Log3 S-Gamut3.Cine"])
def test_a_tag_leads_back_to_its_space(name: str) -> None:
    assert auto_space(True, colour_tag(name).name) == name


def test_only_linear_spaces_tell_chromaticities() -> None:
    assert colour_tag("ARRI LogC4").chromaticities is None
    assert colour_tag("srgb").chromaticities is None
    chromaticities = colour_tag("linear").chromaticities
    assert chromaticities is not None
    assert chromaticities == pytest.approx([0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329])


@given(st.text(max_size=30))
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_name_is_a_space_or_a_colour_error(name: str) -> None:
    try:
        assert resolve(name).name
    except ColourError as error:
        assert str(error)  # noqa: PT017


def test_a_config_is_read_once_and_again_when_its_file_was_changed(tmp_path: Path) -> None:
    """Reading one takes 80 ms, and every frame's files ask for its colour tag."""
    path = tmp_path / "small.ocio"
    path.write_text(SMALL_CONFIG.format(name="first"))
    first = load_config(str(path))
    assert load_config(str(path)).spaces is first.spaces
    path.write_text(SMALL_CONFIG.format(name="second"))
    os.utime(path, ns=(1, 1))
    assert load_config(str(path)).find("second") == "second"
    assert load_config(str(path)).find("first") is None


SMALL_CONFIG = """ocio_profile_version: 2
roles: {{default: {name}}}
file_rules:
  - !<Rule> {{name: Default, colorspace: {name}}}
displays: {{}}
colorspaces:
  - !<ColorSpace> {{name: {name}}}
"""
