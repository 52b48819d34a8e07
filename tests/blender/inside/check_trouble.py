"""Whatever is amiss, the artist reads what and what to do, and the scene is as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy
import pytest
from conftest import part
from scenes import image_node, names, wiring


@pytest.fixture
def bare(scene: Any, shot: Path) -> Any:
    """A scene with an Image node and no Corridor Key node yet."""
    tree = part("versions").compositor_tree(scene)
    image_node(tree, shot / "plate/shot.1001.exr")
    return tree


def refused(operator: Any, tree: Any, **options: Any) -> str:
    """What is reported where an operator cannot be done; the scene must be as it was."""
    before = (names(), wiring(tree), bpy.context.scene.frame_current)
    with pytest.raises(RuntimeError) as told:
        operator(**options)
    assert (names(), wiring(tree), bpy.context.scene.frame_current) == before
    assert not part("running").running.host.reports
    return str(told.value)


@pytest.mark.usefixtures("scene")
def test_an_unsaved_file_is_told_and_no_node_is_left(shot: Path, tmp_path: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    tree = part("versions").make_compositor_tree(bpy.context.scene)
    image_node(tree, shot / "plate/shot.1001.exr")
    said = refused(bpy.ops.corridorkey.key_frame, tree)
    assert "never saved" in said
    assert "Save the file" in said
    bpy.ops.corridorkey.add()
    place = part("keyed_nodes").chosen_node(bpy.context.scene)
    place.shot.cache = str(tmp_path / "absolute")
    place.shot.settings.keyer = "chroma"
    bpy.context.scene.frame_set(1001)
    assert bpy.ops.corridorkey.key_frame() == {"FINISHED"}


def test_nothing_to_key_is_told(scene: Any) -> None:
    tree = part("versions").compositor_tree(scene)
    assert "add an Image or Movie Clip node" in refused(bpy.ops.corridorkey.key_range, tree)


def test_a_plate_that_is_not_linked_is_told(keyed: Any) -> None:
    keyed.tree.links.remove(keyed.node.inputs["Plate"].links[0])
    assert "Nothing is linked to Plate" in refused(bpy.ops.corridorkey.key_frame, keyed.tree)


def test_a_hint_that_is_not_there_is_told(keyed: Any) -> None:
    for source, said in (
        ("SOCKET", "Nothing is linked to Alpha Hint"),
        ("MASK", "No mask is chosen"),
        ("FILES", "No files are chosen for the alpha hint"),
    ):
        keyed.shot.hint_source = source
        assert said in refused(bpy.ops.corridorkey.key_frame, keyed.tree)
    keyed.shot.hint_files = "//nowhere/hint.####.exr"
    assert "nowhere" in refused(bpy.ops.corridorkey.key_frame, keyed.tree)


def test_a_plate_that_is_not_chosen_or_not_there_is_told(keyed: Any) -> None:
    keyed.shot.plate_source = "CLIP"
    assert "No movie clip is chosen" in refused(bpy.ops.corridorkey.key_frame, keyed.tree)
    keyed.shot.plate_source = "FILES"
    assert "No files are chosen" in refused(bpy.ops.corridorkey.key_frame, keyed.tree)
    keyed.shot.plate_files = "//nowhere/plate.####.exr"
    assert "nowhere" in refused(bpy.ops.corridorkey.key_frame, keyed.tree)


def test_an_engine_that_is_not_there_is_told_and_no_node_is_left(
    bare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    part("running").running.close()
    monkeypatch.setenv("CORRIDORKEY_PYTHON", "/no/such/python")
    said = refused(bpy.ops.corridorkey.key_frame, bare)
    assert "/no/such/python" in said
    assert "build.py setup" in said


def test_an_engine_that_is_lost_is_started_again(keyed: Any) -> None:
    bpy.ops.corridorkey.key_frame()
    running = part("running").running
    os.kill(running.engine.pid, 9)
    keyed.scene.frame_set(1002)
    assert bpy.ops.corridorkey.key_range() == {"FINISHED"}
    assert running.last.outcome.finished == (1002, 1003, 1004)


@pytest.mark.usefixtures("keyed")
def test_a_missing_plate_frame_fails_alone(shot: Path) -> None:
    (shot / "plate/shot.1003.exr").unlink()
    with pytest.raises(RuntimeError, match="Frame 1003 failed"):
        bpy.ops.corridorkey.key_range()
    outcome = part("running").running.last.outcome
    assert outcome.finished == (1001, 1002, 1004)
    assert "1 frame failed; 3 frames keyed." in part("running").running.last_lines


def test_a_resolution_that_changes_in_the_shot_is_told(keyed: Any, shot: Path) -> None:
    other = bpy.data.images.new("other", 48, 32, float_buffer=True)
    other.file_format = "OPEN_EXR"
    other.filepath_raw = str(shot / "plate/shot.1002.exr")
    other.save()
    bpy.data.images.remove(other)
    keyed.shot.hint_source, keyed.shot.hint_files = "FILES", str(shot / "hint/shot.####.exr")
    with pytest.raises(RuntimeError, match="1002"):
        bpy.ops.corridorkey.key_range()
    (failed,) = part("running").running.last.outcome.failed
    assert failed.frame == 1002
    assert "48" in failed.reason
    assert "96" in failed.reason


def test_a_cache_that_cannot_be_written_is_told(keyed: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    keyed.shot.cache = str(tmp_path / "taken")
    said = refused(bpy.ops.corridorkey.key_frame, keyed.tree)
    assert "cannot be written" in said
    assert "Choose another one" in said


def test_a_node_of_another_name_is_told(keyed: Any) -> None:
    said = refused(bpy.ops.corridorkey.key_frame, keyed.tree, node="Other")
    assert "no Corridor Key node Other; there: Corridor Key" in said


def test_a_socket_that_is_gone_fails_its_frames_and_says_so(keyed: Any) -> None:
    bake = part("bake")
    moment = part("moment").Moment()
    gone = bake.Baked(
        bake.Wanted(keyed.scene.name, "Gone", "Image"),
        part("frame_mapping").FrameMapping(),
        (8, 8),
        moment,
        is_data=True,
    )
    with pytest.raises(Exception, match="not in the tree"):
        gone.identity(1001)
    before = names()
    with pytest.raises(Exception, match="not in the tree"):
        gone.render(1001, str(Path(bpy.app.tempdir or "/tmp") / "x.exr"))
    assert names() == before


def test_the_cache_is_cleared_of_this_node_alone(keyed: Any) -> None:
    bpy.ops.corridorkey.key_frame()
    folder = Path(bpy.path.abspath(keyed.shot.cache))
    (folder / "not_ours").mkdir()
    assert (folder / keyed.shot.uid).is_dir()
    assert bpy.ops.corridorkey.clear_cache() == {"FINISHED"}
    assert [one.name for one in folder.iterdir()] == ["not_ours"]
    assert bpy.ops.corridorkey.key_frame() == {"FINISHED"}


def test_a_file_output_within_a_group_is_refused_before_it_writes(
    keyed: Any, tmp_path: Path
) -> None:
    inner = bpy.data.node_groups.new("inner", "CompositorNodeTree")
    inner.interface.new_socket(name="Image", in_out="OUTPUT", socket_type="NodeSocketColor")
    sink = inner.nodes.new("NodeGroupOutput")
    colour = inner.nodes.new("CompositorNodeRGB")
    inner.links.new(colour.outputs[0], sink.inputs[0])
    output = inner.nodes.new("CompositorNodeOutputFile")
    socket = part("versions").to_exr(output, f"{tmp_path}/own/", "own_####")
    inner.links.new(colour.outputs[0], socket)
    group = keyed.tree.nodes.new("CompositorNodeGroup")
    group.node_tree = inner
    keyed.tree.links.new(group.outputs["Image"], keyed.node.inputs["Plate"])
    there = names()
    with pytest.raises(RuntimeError, match="move it out of the group"):
        bpy.ops.corridorkey.key_frame()
    assert names() == there
    assert not (tmp_path / "own").exists()
