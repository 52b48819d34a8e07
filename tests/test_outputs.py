"""Output plans: where every pass of every frame goes, and templates that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.errors import SettingsError
from corridorkey_core.outputs import DEPTHS, plan_outputs
from corridorkey_core.settings import PASSES, Settings

frames = st.integers(-(10**6), 10**6)


def names(number: int, padding: int = 4, **settings: object) -> dict[str, str]:
    plan = plan_outputs("/out", "shot", Settings.from_mapping(settings), padding)
    paths = plan.paths(number)
    return {name: path.relative_to("/out").as_posix() for name, path in paths.items()}


def refused(**settings: object) -> str:
    with pytest.raises(SettingsError) as caught:
        plan_outputs("/out", "shot", Settings.from_mapping(settings))
    return str(caught.value)


def test_a_pass_has_a_folder_and_comp_is_png() -> None:
    assert names(12) == {
        "matte": "matte/shot.0012.exr",
        "fg": "fg/shot.0012.exr",
        "processed": "processed/shot.0012.exr",
        "comp": "comp/shot.0012.png",
    }


def test_layers_share_one_file_and_comp_stays_alone() -> None:
    layered = names(1, layout="layered")
    assert layered.pop("comp") == "comp/shot.0001.png"
    assert set(layered.values()) == {"layered/shot.0001.exr"}


@pytest.mark.parametrize(
    ("number", "padding", "text"),
    [(7, 4, "0007"), (-12, 4, "-0012"), (0, 4, "0000"), (12345, 4, "12345"), (7, 0, "0007"),
     (7, 6, "000007"), (7, 1, "7"), (-7, 1, "-7")],
)  # fmt: skip
def test_frames_are_padded(number: int, padding: int, text: str) -> None:
    assert names(number, padding, passes=["fg"])["fg"] == f"fg/shot.{text}.exr"


@pytest.mark.parametrize(
    ("format", "extension"), [("exr", "exr"), ("tiff", "tif"), ("png", "png"), ("dpx", "dpx")]
)
def test_the_format_gives_the_extension(format: str, extension: str) -> None:
    assert names(1, format=format)["fg"] == f"fg/shot.0001.{extension}"


def test_fields_may_be_anywhere() -> None:
    template = "{frame}/{name}_{pass}_v001.{frame}.{ext}"
    assert names(3, template=template)["fg"] == "0003/shot_fg_v001.0003.exr"


@given(st.lists(frames, unique=True, min_size=2, max_size=20), st.integers(0, 8))
def test_no_two_files_of_a_shot_meet(numbers: list[int], padding: int) -> None:
    plan = plan_outputs("/out", "shot", Settings(), padding)
    paths = [path for number in numbers for path in plan.paths(number).values()]
    assert len(set(paths)) == len(numbers) * len(PASSES)


@pytest.mark.parametrize(
    "template",
    ["../{pass}/{frame}.{ext}", "{pass}/../../{frame}.{ext}", "/tmp/{pass}.{frame}.{ext}"],
)
def test_a_template_that_leaves_the_folder_is_refused(template: str) -> None:
    assert "leads out of the output folder" in refused(template=template)


def test_dots_that_stay_inside_are_fine() -> None:
    assert names(1, template="x/../{pass}.{frame}.{ext}")["fg"].endswith("fg.0001.exr")


def test_a_template_without_frame_is_refused() -> None:
    assert "Add {frame}" in refused(template="{pass}/{name}.{ext}")


def test_passes_that_collide_are_refused() -> None:
    assert "Add {pass}" in refused(template="{name}.{frame}.{ext}")


def test_one_pass_needs_no_pass_in_the_template() -> None:
    assert names(1, passes=["fg"], template="{frame}.{ext}") == {"fg": "0001.exr"}


def test_extensions_may_tell_passes_apart() -> None:
    assert names(1, passes=["fg", "comp"], template="{frame}.{ext}")["comp"] == "0001.png"


def test_layers_need_no_pass_in_the_template() -> None:
    assert names(1, layout="layered", template="{frame}.{ext}")["fg"] == "0001.exr"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{pass}/{nmae}.{frame}.{ext}", "Did you mean name"),
        ("{pass}/{}.{frame}.{ext}", "{pass}, {name}, {frame}, {ext}"),
        ("{pass}/{frame:08d}.{ext}", "{frame:08d}"),
        ("{pass}/{frame!r}.{ext}", "field"),
        ("{pass}/{name.upper}.{frame}.{ext}", "{name.upper}"),
        ("{pass}/{frame.{ext}", "not understood"),
        ("{pass}/{frame}}.{ext}", "not understood"),
        ("{pass}/{frame}.exr", "ends with .{ext}"),
        ("{pass}/.{frame}.{ext}", "begin with a dot"),
        ("{pass}\0/{frame}.{ext}", "leads out"),
    ],
)
def test_a_wrong_template_is_refused_in_words(template: str, words: str) -> None:
    assert words in refused(template=template)


@pytest.mark.parametrize("format", sorted(DEPTHS))
@pytest.mark.parametrize("depth", ["half", "float", "8", "10", "16"])
def test_a_depth_that_the_format_lacks_is_refused(format: str, depth: str) -> None:
    if depth in DEPTHS[format]:
        assert names(1, format=format, bit_depth=depth)
    else:
        assert f"format {format}" in refused(format=format, bit_depth=depth)


@given(st.text(max_size=40))
def test_any_template_is_planned_or_refused(template: str) -> None:
    try:
        plan = plan_outputs("/out", "shot", Settings(template=template))
    except SettingsError:
        return
    for path in plan.paths(5).values():
        assert path.resolve().is_relative_to(Path("/out"))
