"""Plates and hints of every kind: what the engine reads itself, and what Blender renders for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
from conftest import part
from scenes import image_node, keep_shape, names, pixels_of, rendered, round_mask, wiring

MIDDLE, CORNER = 4 * (32 * 96 + 50), 0


def outcome() -> Any:
    """What became of the last request."""
    return part("running").running.last.outcome


def request() -> Any:
    """The last request."""
    return part("running").running.last.shot.request


def link(place: Any, output: Any, name: str) -> None:
    place.tree.links.new(output, place.node.inputs[name])


def inputs(place: Any, role: str) -> list[Path]:
    """The pictures that Blender rendered."""
    folder = Path(bpy.path.abspath(place.shot.cache)) / place.shot.uid / "inputs"
    return sorted(folder.glob(f"{role}.*.exr"))


def test_an_image_nodes_own_count_is_followed(keyed: Any, tmp_path: Path) -> None:
    node = keyed.node.inputs["Plate"].links[0].from_node
    node.frame_start, node.frame_offset, node.frame_duration = 11, 1001, 3
    keyed.scene.frame_start, keyed.scene.frame_end = 11, 14
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1002, 1003, 1004)  # the last is held
    first = rendered(keyed.scene, 11, tmp_path)
    held = rendered(keyed.scene, 14, tmp_path)
    assert held == rendered(keyed.scene, 13, tmp_path)
    assert held != first


def test_a_still_is_one_frame(keyed: Any, tmp_path: Path) -> None:
    node = keyed.node.inputs["Plate"].links[0].from_node
    node.image.source = "FILE"
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1001,)
    assert rendered(keyed.scene, 1001, tmp_path) == rendered(keyed.scene, 1004, tmp_path)


@pytest.mark.parametrize(("start", "offset"), [(1, 0), (1001, 0), (1, 1)])
def test_a_clip_is_counted_as_its_own_node_does(
    keyed: Any, shot: Path, tmp_path: Path, start: int, offset: int
) -> None:
    clip = bpy.data.movieclips.load(str(shot / "plate/shot.1001.exr"))
    clip.frame_start, clip.frame_offset = start, offset
    keyed.shot.plate_source, keyed.shot.plate_clip = "CLIP", clip
    first = start + 1
    keyed.scene.frame_start = keyed.scene.frame_end = first
    keyed.scene.frame_set(first)
    bpy.ops.corridorkey.key_frame()
    node = keyed.node.inputs["Plate"].links[0].from_node
    assert (node.bl_idname, node.clip) == ("CompositorNodeMovieClip", clip)
    number = 1002 + offset
    assert outcome().finished == (number,)
    plate = pixels_of(shot / f"plate/shot.{number}.exr")
    shown = rendered(keyed.scene, first, tmp_path)
    assert shown[MIDDLE] == pytest.approx(plate[MIDDLE], abs=2e-3)
    bpy.ops.corridorkey.key_frame()
    assert len([one for one in keyed.tree.nodes if one.bl_idname == node.bl_idname]) == 1


def test_files_are_shown_by_an_image_node_of_their_own(keyed: Any, shot: Path) -> None:
    keyed.shot.plate_source = "FILES"
    keyed.shot.plate_files = str(shot / "plate/shot.####.exr")
    bpy.ops.corridorkey.key_range()
    assert outcome().exit_status == 0
    assert set(outcome().finished + outcome().current) == {1001, 1002, 1003, 1004}
    node = keyed.node.inputs["Plate"].links[0].from_node
    assert node.image.source == "SEQUENCE"
    there = wiring(keyed.tree)
    keyed.shot.plate_files = str(shot / "plate/shot.1003.exr")
    bpy.ops.corridorkey.key_range()
    assert wiring(keyed.tree) == there


def test_files_that_start_elsewhere_begin_with_the_scene(keyed: Any, shot: Path) -> None:
    keyed.scene.frame_start, keyed.scene.frame_end = 1, 3
    keyed.shot.plate_source = "FILES"
    keyed.shot.plate_files = str(shot / "plate/shot.1002.exr")
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1001, 1002, 1003)


def test_a_hint_of_files_is_paired_by_number(keyed: Any, shot: Path) -> None:
    keyed.shot.hint_source, keyed.shot.hint_files = "FILES", str(shot / "hint/shot.1001.exr")
    bpy.ops.corridorkey.key_range()
    assert request().hint.endswith("shot.####.exr")
    assert outcome().exit_status == 0


def test_a_keying_nodes_matte_is_rendered_as_the_hint_and_leaves_no_trace(keyed: Any) -> None:
    keying = keyed.tree.nodes.new("CompositorNodeKeying")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, keying.inputs["Image"])
    bpy.ops.corridorkey.link(input="HINT", socket=f"{keying.name}\tMatte")
    assert keyed.shot.hint_source == "SOCKET"
    there, wired, frame = names(), wiring(keyed.tree), keyed.scene.frame_current
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1001, 1002, 1003, 1004)
    assert (names(), wiring(keyed.tree), keyed.scene.frame_current) == (there, wired, frame)
    assert len(inputs(keyed, "hint")) == 4
    folder = inputs(keyed, "hint")[0].parent
    assert not list(folder.glob(".bake-*"))


def test_an_automatic_hint_is_what_is_linked_and_made_where_nothing_is(keyed: Any) -> None:
    bpy.ops.corridorkey.key_frame()
    assert request().hint == ""
    keying = keyed.tree.nodes.new("CompositorNodeKeying")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, keying.inputs["Image"])
    link(keyed, keying.outputs["Matte"], "Alpha Hint")
    assert keyed.shot.hint_source == "AUTO"
    bpy.ops.corridorkey.key_frame()
    assert outcome().finished == (1001,)
    assert request().hint.wanted.node == keying.name


def test_what_did_not_change_is_not_rendered_again_and_what_did_is(keyed: Any) -> None:
    blur = keyed.tree.nodes.new("CompositorNodeBlur")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, blur.inputs["Image"])
    link(keyed, blur.outputs["Image"], "Plate")
    bpy.ops.corridorkey.key_range()
    made = [path.stat().st_mtime_ns for path in inputs(keyed, "plate")]
    assert len(made) == 4
    bpy.ops.corridorkey.key_range()
    assert outcome().current == (1001, 1002, 1003, 1004)
    blur.location = (500, 500)
    blur.label = "moved"
    bpy.ops.corridorkey.key_range()
    assert outcome().current == (1001, 1002, 1003, 1004)
    assert [path.stat().st_mtime_ns for path in inputs(keyed, "plate")] == made
    soften(blur)
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1001, 1002, 1003, 1004)


def soften(blur: Any) -> None:
    """Give a Blur node another size, which 4.5 made an input."""
    size = blur.inputs["Size"]
    if blur.inputs["Size"].type == "VECTOR":
        size.default_value = (3.0, 3.0) if len(size.default_value) == 2 else (3.0, 3.0, 0.0)
    else:
        blur.size_x = blur.size_y = 3


def test_another_file_upstream_is_noticed(keyed: Any, shot: Path) -> None:
    blur = keyed.tree.nodes.new("CompositorNodeBlur")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, blur.inputs["Image"])
    link(keyed, blur.outputs["Image"], "Plate")
    keyed.shot.settings.screen_sampling = "frame"
    bpy.ops.corridorkey.key_range()
    (shot / "plate/shot.1006.exr").replace(shot / "plate/shot.1002.exr")
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1002,)


def test_an_artists_file_outputs_write_nothing_while_an_input_is_rendered(
    keyed: Any, tmp_path: Path
) -> None:
    output = keyed.tree.nodes.new("CompositorNodeOutputFile")
    socket = part("versions").to_exr(output, f"{tmp_path}/own/", "own_####")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, socket)
    mask = round_mask("roto", 0.3)
    keyed.shot.hint_source, keyed.shot.hint_mask = "MASK", mask
    bpy.ops.corridorkey.key_frame()
    assert outcome().exit_status == 0
    assert not (tmp_path / "own").exists()


def test_a_mask_is_rendered_at_the_plates_size_and_anew_when_a_point_moves(keyed: Any) -> None:
    keyed.scene.render.resolution_x, keyed.scene.render.resolution_y = 640, 360
    mask = round_mask("roto", 0.3)
    keyed.shot.hint_source, keyed.shot.hint_mask = "MASK", mask
    there = names()
    bpy.ops.corridorkey.key_frame()
    assert names() == there
    (hint,) = inputs(keyed, "hint")
    pixels = pixels_of(hint, data=True)
    assert len(pixels) == 96 * 64 * 4
    assert (pixels[CORNER], pixels[4 * (32 * 96 + 48)]) == (0.0, 1.0)
    bpy.ops.corridorkey.key_frame()
    assert outcome().current == (1001,)
    mask.layers[0].splines[0].points[0].co = (0.95, 0.5)
    bpy.ops.corridorkey.key_frame()
    assert outcome().finished == (1001,)


def test_an_animated_mask_is_another_at_each_frame(keyed: Any) -> None:
    mask = round_mask("roto", 0.3)
    for frame, radius in ((1001, 0.2), (1004, 0.45)):
        keyed.scene.frame_set(frame)
        mask.layers[0].splines[0].points[0].co = (0.5 + radius, 0.5)
        keep_shape(mask, keyed.scene)
    keyed.shot.hint_source, keyed.shot.hint_mask = "MASK", mask
    moment = part("moment").Moment()
    find = part("fingerprint").mask_fingerprint
    with moment.going_on():
        found = find(mask, moment)
        texts = [found.at(frame) for frame in (1001, 1002, 1003, 1004)]
        assert len(set(texts)) == 4
        assert [found.at(frame) for frame in (1001, 1002, 1003, 1004)] == texts
    assert not [one for one in bpy.data.scenes if one.get("corridorkey_temporary")]
    bpy.ops.corridorkey.key_range()
    areas = [sum(pixels_of(path, data=True)[::4]) for path in inputs(keyed, "hint")]
    assert areas == sorted(areas)
    assert areas[0] < areas[-1]


def test_a_plate_in_a_space_that_the_engine_does_not_know_is_rendered(
    keyed: Any, shot: Path
) -> None:
    node = keyed.node.inputs["Plate"].links[0].from_node
    node.image.colorspace_settings.name = "Linear Rec.2020"
    bpy.ops.corridorkey.key_frame()
    assert outcome().exit_status == 0
    seen = pixels_of(inputs(keyed, "plate")[0])
    raw = pixels_of(shot / "plate/shot.1001.exr")
    assert seen[MIDDLE] != pytest.approx(raw[MIDDLE], abs=1e-3)
    assert request().settings.colour_space == "linear"


def test_the_sockets_offered_are_those_that_the_node_does_not_feed(keyed: Any) -> None:
    blur = keyed.tree.nodes.new("CompositorNodeBlur")
    keyed.tree.links.new(keyed.node.outputs["Image"], blur.inputs["Image"])
    image_node(keyed.tree, Path(bpy.path.abspath("//footage/plate/shot.1001.exr")))
    offered = [one[0].split("\t")[0] for one in part("shot_operators")._offered(None, bpy.context)]
    assert blur.name not in offered
    assert keyed.node.name not in offered
    assert "Image" in offered


@pytest.mark.parametrize("kind", ["CLIP", "FILES"])
def test_a_movie_is_rendered_by_blender_whatever_range_the_scene_has(
    keyed: Any, shot: Path, kind: str
) -> None:
    movie = str(shot / "movie.mp4")
    keyed.scene.frame_start, keyed.scene.frame_end = 1, 3
    keyed.shot.plate_source = kind
    if kind == "CLIP":
        keyed.shot.plate_clip = bpy.data.movieclips.load(movie)
    else:
        keyed.shot.plate_files = movie
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1, 2, 3)
    assert request().clip == (1, 2, 3, 4, 5, 6)
    pictures = [pixels_of(path) for path in inputs(keyed, "plate")]
    assert len(pictures) == 4  # the last one helps to settle what the screen is
    assert all(one[MIDDLE] > 0.3 and one[CORNER + 1] > 0.2 for one in pictures)
    assert pictures[0] != pictures[1] != pictures[2]
    keyed.scene.frame_end = 2
    bpy.ops.corridorkey.key_range()
    assert outcome().current == (1, 2)


def test_the_engine_is_told_of_each_picture_while_the_next_is_rendered(
    keyed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blur = keyed.tree.nodes.new("CompositorNodeBlur")
    source = keyed.node.inputs["Plate"].links[0].from_socket
    keyed.tree.links.new(source, blur.inputs["Image"])
    link(keyed, blur.outputs["Image"], "Plate")
    keyed.shot.settings.screen_sampling = "frame"
    story: list[str] = []
    running, baked = part("running").running, part("bake").Baked
    session, render = running._open(), baked.render
    send = session.send

    def told(message: Any) -> None:
        if type(message).__name__ == "Inputs":
            story.append(f"told {message.frames[0]}")
        send(message)

    def rendering(self: Any, frame: int, path: str) -> None:
        story.append(f"rendered {frame}")
        render(self, frame, path)

    monkeypatch.setattr(session, "send", told)
    monkeypatch.setattr(baked, "render", rendering)
    bpy.ops.corridorkey.key_range()
    assert outcome().finished == (1001, 1002, 1003, 1004)
    frames = (1001, 1002, 1003, 1004)
    assert story == [f"{what} {frame}" for frame in frames for what in ("rendered", "told")]
