"""Scripts of the stand-in: all that survives is text, and it is read as Nuke reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nuke.stand_in.desk import Desk

GIZMO = """#! /usr/local/Nuke -nx
version 14.0 v1
Gizmo {
 inputs 1
 addUserKnob {20 tab l "My Tab"}
 addUserKnob {7 gain l Gain t "brighten \\"it\\"" R 0 2}
 gain 1
 addUserKnob {4 mode l Mode M {one "two words"}}
 addUserKnob {1 note +INVISIBLE}
 addUserKnob {41 value T Gained.value}
 addUserKnob {41 channel T Gained.channels}
}
 Input {
  inputs 0
  name In
 }
 Multiply {
  name Gained
  channels rgb
  value {{parent.gain}}
 }
 Output {
  name Output1
 }
end_group
"""


@pytest.fixture
def gain(nuke_gui: Desk, tmp_path: Path) -> Any:
    folder = tmp_path / "gizmos"
    folder.mkdir()
    (folder / "Gain.gizmo").write_text(GIZMO, encoding="utf-8")
    nuke_gui.nuke.pluginAddPath(str(folder))
    return nuke_gui.nuke.createNode("Gain")


def reopened(nuke: Any, path: Path) -> str:
    nuke.scriptSaveAs(str(path), 1)
    text = path.read_text(encoding="utf-8")
    nuke.scriptOpen(str(path))
    return text


def test_the_last_pushed_is_input_0(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    nuke.scriptReadText(
        "Constant {\n inputs 0\n name A\n}\nset NA [stack 0]\n"
        "Constant {\n inputs 0\n name B\n}\nset NB [stack 0]\n"
        "push $NA\npush $NB\nMerge2 {\n inputs 2\n name M\n}\n"
        "push $NA\npush 0\npush $NB\nSwitch {\n inputs 3\n name S\n}\n"
    )
    merge, switch = nuke.toNode("M"), nuke.toNode("S")
    assert [merge.input(at).name() for at in (0, 1)] == ["B", "A"]
    assert [switch.input(0).name(), switch.input(1), switch.input(2).name()] == ["B", None, "A"]


def test_a_mask_is_counted_apart_and_never_taken_by_others(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    three = "".join(
        f"Constant {{\n inputs 0\n name {name}\n}}\nset N{name} [stack 0]\n" for name in "ABC"
    )
    pushes = "push $NC\npush $NB\npush $NA\n"
    nuke.scriptReadText(
        f"{three}{pushes}Merge2 {{\n inputs 3\n name Plain\n}}\n"
        f"{pushes}Merge2 {{\n inputs 2+1\n name Masked\n}}\n"
    )
    plain, masked = nuke.toNode("Plain"), nuke.toNode("Masked")
    assert [one and one.name() for one in map(plain.input, range(4))] == ["A", "B", None, "C"]
    assert [one and one.name() for one in map(masked.input, range(4))] == ["A", "B", "C", None]


def test_a_script_comes_back_from_its_text(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    nuke.root()["first_frame"].setValue(1001)
    nuke.Layer("mine", ["mine.red", "mine.alpha"])
    nuke.addView("left")
    plate = nuke.nodes.Constant(channels="rgba", color=[0.1, 0.2, 0.3, 1.0])
    with nuke.nodes.Group(name="G") as group:
        group.addKnob(nuke.Double_Knob("size", "Size"))
        group["size"].setValue(2.5)
        group["size"].setTooltip('say "hi"\n[x] $y')
        inner = nuke.nodes.Dot(inputs=[nuke.nodes.Input()], label="[value parent.size]\n\\")
        nuke.nodes.Output(inputs=[inner])
    group.setInput(0, plate)
    nuke.nodes.Copy(inputs=[group, plate], to0="mine.alpha", disable=True)
    first = reopened(nuke, tmp_path / "a.nk")
    assert reopened(nuke, tmp_path / "a.nk").count("\n") == first.count("\n")
    group = nuke.toNode("G")
    assert group["size"].value() == 2.5
    assert group["size"].tooltip() == 'say "hi"\n[x] $y'
    assert nuke.toNode("G.Dot1")["label"].evaluate().startswith("2.5\n")
    copy = nuke.toNode("Copy1")
    assert (copy.input(0).name(), copy.input(1).name()) == ("G", "Constant1")
    assert (copy["to0"].value(), copy["disable"].value()) == ("mine.alpha", True)
    assert nuke.root().firstFrame() == 1001
    assert nuke.views() == ["main", "left"]
    assert nuke.scriptName() == (tmp_path / "a.nk").as_posix()
    assert not nuke.root().modified()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=20), number=st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_come_back(
    nuke_gui: Desk, tmp_path: Path, text: str, number: float
) -> None:
    nuke = nuke_gui.nuke
    nuke.scriptClear()
    node = nuke.nodes.NoOp(label=text)
    node.addKnob(nuke.Double_Knob("n"))
    node["n"].setValue(number)
    reopened(nuke, tmp_path / "any.nk")
    node = nuke.toNode("NoOp1")
    assert (node["label"].value(), node["n"].value()) == (text, number)


def test_a_gizmo_keeps_its_knobs_and_nothing_of_inside(gain: Any, tmp_path: Path) -> None:
    nuke_module = __import__("importlib").import_module("nuke")
    gain["gain"].setValue(1.5)
    gain["mode"].setValue("two words")
    gain.node("Gained")["mix"].setValue(0.5)
    text = reopened(nuke_module, tmp_path / "g.nk")
    assert "Gain {" in text
    assert "Multiply" not in text
    assert "addUserKnob" not in text
    again = nuke_module.toNode("Gain1")
    assert (again["gain"].value(), again["mode"].value()) == (1.5, "two words")
    assert again.node("Gained")["mix"].value() == 1.0
    assert again.node("Gained")["value"].value() == 1.5
    assert again["value"].Class() == "AColor_Knob"
    again["channel"].setValue("rgba.red")
    text = reopened(nuke_module, tmp_path / "g.nk")
    assert "channel rgba.red" in text  # a link is kept by the gizmo, since nothing inside is
    assert nuke_module.toNode("Gain1.Gained")["channels"].value() == "rgba.red"
    again = nuke_module.toNode("Gain1")
    assert again.knob("value", False).Class() == "Link_Knob"


def test_a_gizmo_becomes_a_group_that_needs_no_file(
    gain: Any, nuke_gui: Desk, tmp_path: Path
) -> None:
    nuke = nuke_gui.nuke
    plate = nuke.nodes.Constant(channels="rgb", color=0.5)
    gain.setInput(0, plate)
    gain["gain"].setValue(2.0)
    group = gain.makeGroup()
    assert type(group).__name__ == "Group"
    assert group.input(0) is plate
    nuke.delete(gain)
    nuke_gui.session.plugin_path.clear()
    reopened(nuke, tmp_path / "group.nk")
    group = next(one for one in nuke.allNodes() if one.Class() == "Group")
    assert group["gain"].value() == 2.0
    assert nuke_gui.picture(group).at("rgba.red", 3, 3) == 1.0
    group["gain"].setValue(1.0)
    assert nuke_gui.picture(group).at("rgba.red", 3, 3) == 0.5


def test_a_script_with_a_gizmo_that_is_not_there_is_refused(
    gain: Any, nuke_gui: Desk, tmp_path: Path
) -> None:
    nuke_gui.nuke.scriptSaveAs(str(tmp_path / "a.nk"))
    nuke_gui.session.plugin_path.clear()
    with pytest.raises(RuntimeError, match="Gain: Unknown command"):
        nuke_gui.nuke.scriptOpen(str(tmp_path / "a.nk"))
    nuke_gui.forgive("Unknown command")
    assert gain is not None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Dot {\n inputs 0\n frob 3\n}", "Dot has no knob 'frob'"),
        ("Frobnicate {\n inputs 0\n}", "Frobnicate: Unknown command"),
        ('Dot {\n inputs 0\n label "[value name]"\n}', "would be run while the script loads"),
        ("Multiply {\n inputs 0\n value {{a + b}}\n}", "needs quotes"),
        ("Multiply {\n inputs 0\n channels foo.red\n}", "no channel or layer"),
        ("Copy {\n inputs 0\n bbox C\n}", "no value 'C'"),
        ("Read {\n name A\n}", "takes no inputs"),
        ("push $N1\n", "no such variable"),
        ("Group {\n inputs 0\n name G\n}\n", "end_group is missing"),
        ("end_group\n", "end_group without a group"),
        ("NoOp {\n inputs 0\n addUserKnob {99 x}\n}", "no kind 99"),
        ("NoOp {\n inputs 0\n addUserKnob {7 x Q 3}\n}", "'Q' is not known"),
        ("NoOp {\n inputs 0\n addUserKnob {7 x}\n x 1\n y 2\n}", "no knob 'y'"),
        ("clone $C1 {\n inputs 0\n}", "clones"),
    ],
)
def test_text_that_nuke_would_not_read_is_refused(nuke_gui: Desk, text: str, part: str) -> None:
    with pytest.raises((RuntimeError, ValueError, NotImplementedError), match=part):
        nuke_gui.nuke.scriptReadText(text)
    nuke_gui.session.faults.clear()


def test_an_unsaved_script_has_no_name(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    with pytest.raises(RuntimeError, match="no script name"):
        nuke.scriptName()
    with pytest.raises(RuntimeError, match="no script name"):
        nuke.scriptSave()
    assert nuke.root().name() == "Root"
    assert nuke.root()["name"].value() == ""


def test_a_script_is_not_written_over_by_mistake(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke_gui.nuke.scriptSaveAs(str(tmp_path / "a.nk"))
    with pytest.raises(RuntimeError, match="there already"):
        nuke_gui.nuke.scriptSaveAs(str(tmp_path / "a.nk"))


def test_nodes_are_copied_and_pasted_as_text(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    a = nuke.nodes.Constant(channels="rgb", color=0.25)
    b = nuke.createNode("Dot")
    b.setInput(0, a)
    a.setSelected(True)
    nuke.nodeCopy(str(tmp_path / "clip.nk"))
    pasted = nuke.nodePaste(str(tmp_path / "clip.nk"))
    assert pasted.name() == "Dot2"
    assert pasted.input(0).name() == "Constant2"
    assert pasted.input(0)["color"].value() == 0.25


KINDS = ("Dot", "NoOp", "Multiply", "Copy", "Merge2", "Switch", "Keymix")
recipes = st.lists(
    st.tuples(st.sampled_from(KINDS), st.lists(st.integers(0, 9), max_size=4), st.booleans()),
    min_size=1,
    max_size=8,
)


def built(nuke: Any, recipe: list[tuple[str, list[int], bool]]) -> None:
    """Nodes as a recipe says, each behind earlier ones, some of them inside a group."""
    made: list[Any] = [nuke.nodes.Constant(channels="rgb", color=0.5)]
    for kind, inputs, in_group in recipe:
        if in_group:
            with nuke.nodes.Group() as node:
                inner = nuke.nodes.Multiply(inputs=[nuke.nodes.Input()], value=len(made))
                nuke.nodes.Output(inputs=[inner])
        else:
            node = getattr(nuke.nodes, kind)(label=f"{{{len(made)}")
        for at, before in enumerate(inputs):
            node.setInput(at, made[before % len(made)])
        made.append(node)


def graph(nuke: Any) -> dict[str, tuple[Any, ...]]:
    """What a script is: each node's class, knobs, and the names of its inputs."""
    return {
        node.fullName(): (
            node.Class(),
            node.writeKnobs(),
            [one and one.name() for one in map(node.input, range(node.inputs()))],
        )
        for node in nuke.allNodes(group=nuke.root(), recurseGroups=True)
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(recipe=recipes)
def test_any_graph_comes_back(
    nuke_gui: Desk, tmp_path: Path, recipe: list[tuple[str, list[int], bool]]
) -> None:
    nuke = nuke_gui.nuke
    nuke.scriptClear()
    built(nuke, recipe)
    before = graph(nuke)
    reopened(nuke, tmp_path / "graph.nk")
    assert graph(nuke) == before
