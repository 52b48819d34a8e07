"""Nodes of the stand-in: made, found, connected, grouped, deleted, and what is refused."""

from __future__ import annotations

import pytest

from tests.nuke.stand_in.desk import Desk


def test_a_created_node_goes_behind_the_selected_one(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    first = nuke.createNode("Constant")
    second = nuke.createNode("Dot", "label hello")
    assert second.input(0) is first
    assert nuke.selectedNodes() == [second]
    assert (second["label"].value(), second.shown()) == ("hello", True)
    third = nuke.nodes.Dot(label="there", inputs=[first])
    assert (third.isSelected(), third.shown(), third.input(0)) == (False, False, first)


def test_names_are_unique_in_a_group(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    one, two = nuke.nodes.Dot(), nuke.nodes.Dot()
    assert (one.name(), two.name()) == ("Dot1", "Dot2")
    two.setName("Dot1")
    assert two.name() == "Dot2"
    assert nuke.toNode("Dot2") is two
    assert nuke.toNode("Dot9") is None
    with pytest.raises(ValueError, match="no name"):
        one.setName("a b")
    nuke_gui.forgive("no name")


def test_groups_hold_nodes_of_their_own(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    group = nuke.nodes.Group(name="G")
    with group:
        inner = nuke.nodes.Input()
        output = nuke.nodes.Output(inputs=[inner])
        assert nuke.thisGroup() is group
    assert nuke.thisGroup() is nuke.root()
    assert inner.fullName() == "G.Input1"
    assert nuke.toNode("G.Output1") is output
    assert group.maxInputs() == 1
    assert nuke.allNodes() == [group]
    assert set(nuke.allNodes(recurseGroups=True)) == {group, inner, output}
    assert nuke.allNodes("Input", group) == [inner]


def test_inputs_are_counted_and_loops_refused(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    a, b = nuke.nodes.Dot(), nuke.nodes.Dot()
    assert b.setInput(0, a)
    assert not a.setInput(0, b)
    assert not a.setInput(5, b)
    merge = nuke.nodes.Merge2(inputs=[a, b])
    assert (merge.inputs(), merge.minInputs(), merge.optionalInput()) == (2, 2, 2)
    merge.setInput(3, a)
    assert merge.inputs() == 4
    assert merge.dependencies(nuke.INPUTS) == [a, b, a]
    assert a.dependent(nuke.INPUTS) == [merge, b]
    with nuke.nodes.Group():
        alien = nuke.nodes.Dot()
    assert not a.setInput(0, alien)
    with pytest.raises(RuntimeError, match="has no input 0"):
        nuke.nodes.Group(inputs=[a])
    nuke_gui.forgive("has no input 0")


def test_hidden_inputs_are_dependencies_of_another_kind(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    a = nuke.nodes.Dot()
    b = nuke.nodes.Dot(inputs=[a], hide_input=True)
    assert b.dependencies(nuke.INPUTS) == []
    assert b.dependencies(nuke.HIDDEN_INPUTS) == [a]


def test_a_deleted_node_is_of_no_use_any_more(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    a = nuke.nodes.Dot()
    b = nuke.nodes.Dot(inputs=[a])
    nuke.delete(a)
    assert b.input(0) is None
    for use in (a.name, a.fullName, lambda: a["label"], lambda: nuke.delete(a)):
        with pytest.raises(ValueError, match="not attached to a node"):
            use()
    nuke_gui.forgive("not attached")


def test_a_knob_that_a_node_has_not(nuke_gui: Desk) -> None:
    node = nuke_gui.nuke.nodes.Dot()
    assert node.knob("size") is None
    with pytest.raises(NameError, match="size"):
        node["size"]
    with pytest.raises(NameError, match="size"):
        nuke_gui.nuke.nodes.Dot(size=3)
    nuke_gui.forgive("size")


@pytest.mark.parametrize("name", ["Frobnicate", "blur", "Root"])
def test_a_class_that_there_is_none_of(nuke_gui: Desk, name: str) -> None:
    with pytest.raises(RuntimeError, match="Unknown command"):
        nuke_gui.nuke.createNode(name)
    nuke_gui.forgive("Unknown command")


def test_what_nuke_has_not_is_no_attribute(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    node = nuke.nodes.Dot()
    for owner in (nuke, node, node["name"]):
        assert not hasattr(owner, "frobnicate")


def test_the_root_has_frames_views_a_format_and_no_inputs(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    root = nuke.root()
    root["first_frame"].setValue(1001)
    root["last_frame"].setValue(1100)
    root["fps"].setValue(23.976)
    assert (root.firstFrame(), root.lastFrame()) == (1001, 1100)
    assert (root.realFps(), root.fps()) == (23.976, 24)
    assert root["format"].value().width() == 2048
    nuke.addView("left")
    assert nuke.views() == ["main", "left"]
    with pytest.raises(RuntimeError, match="no inputs"):
        root.setInput(0, None)
    with pytest.raises(ValueError, match="no view"):
        nuke.deleteView("right")
    nuke_gui.forgive("no inputs")
    nuke_gui.forgive("no view")


def test_changes_make_a_script_modified(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    assert not nuke.root().modified()
    node = nuke.nodes.Dot()
    assert nuke.root().modified()
    nuke.root().setModified(False)
    node.setSelected(True)
    assert not nuke.modified()
    node["label"].setValue("x")
    assert nuke.modified()


def test_hashes_follow_what_the_picture_is_made_of(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    constant = nuke.nodes.Constant()
    dot = nuke.nodes.Dot(inputs=[constant])
    before = dot.opHashes()
    dot.setXYpos(5, 6)
    dot["label"].setValue("cosmetic")
    assert dot.opHashes() == before
    constant["color"].setValue(0.5)
    after = dot.opHashes()
    assert after != before
    constant["color"].setExpression("frame")
    nuke.frame(1)
    first = dot.opHashes()
    nuke.frame(2)
    assert len({tuple(one) for one in (before, after, first, dot.opHashes())}) == 4


def test_undo_is_disabled_and_enabled_in_pairs(nuke_gui: Desk) -> None:
    undo = nuke_gui.nuke.Undo()
    undo.disable()
    assert undo.disabled()
    undo.enable()
    with pytest.raises(RuntimeError, match="not disabled"):
        undo.enable()
    nuke_gui.forgive("not disabled")
