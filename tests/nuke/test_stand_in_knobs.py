"""Knobs of the stand-in: values, animation, expressions, text that comes back, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nuke.stand_in.desk import Desk


@pytest.fixture
def node(nuke_gui: Desk) -> Any:
    return nuke_gui.nuke.createNode("NoOp")


def add(nuke_gui: Desk, node: Any, kind: str, *more: Any) -> Any:
    node.addKnob(getattr(nuke_gui.nuke, kind)("mine", "Mine", *more))
    return node["mine"]


@pytest.mark.parametrize(
    ("kind", "more", "value", "text"),
    [
        ("Double_Knob", (), 0.25, "0.25"),
        ("Int_Knob", (), -7, "-7"),
        ("Boolean_Knob", (), True, "true"),
        ("String_Knob", (), "a [b] $c", "a [b] $c"),
        ("File_Knob", (), "/p/a.%04d.exr", "/p/a.%04d.exr"),
        ("Enumeration_Knob", (["one", "two words"],), "two words", "two words"),
        ("XY_Knob", (), [3.0, 4.5], "3 4.5"),
        ("Color_Knob", (), [0.1, 0.2, 0.3], "0.1 0.2 0.3"),
        ("Color_Knob", (), 0.5, "0.5"),
        ("ChannelMask_Knob", (), "rgba", "rgba"),
        ("Multiline_Eval_String_Knob", (), "a\nb", "a\nb"),
    ],
)
def test_a_value_is_kept_and_its_text_brings_it_back(
    nuke_gui: Desk, node: Any, kind: str, more: tuple[Any, ...], value: Any, text: str
) -> None:
    knob = add(nuke_gui, node, kind, *more)
    assert knob.Class() == kind
    knob.setValue(value)
    assert knob.value() == value
    assert knob.toScript() == text
    other = nuke_gui.nuke.createNode("NoOp")
    twin = add(nuke_gui, other, kind, *more)
    twin.fromScript(text)
    assert twin.value() == value


def test_keys_are_linear_where_that_is_said_and_constant_outside(nuke_gui: Desk, node: Any) -> None:
    knob = add(nuke_gui, node, "Double_Knob")
    knob.setAnimated()
    knob.setValueAt(0.0, 1)
    knob.setValueAt(10.0, 11)
    assert knob.isAnimated()
    assert [knob.getValueAt(frame) for frame in (-5, 1, 11, 99)] == [0.0, 0.0, 10.0, 10.0]
    with pytest.raises(NotImplementedError, match="smooth"):
        knob.getValueAt(6)
    knob.fromScript("{curve L x1 0 x11 10}")
    assert knob.getValueAt(6) == 5.0
    assert knob.toScript() == "{curve L x1 0 x11 10}"
    knob.clearAnimated()
    assert not knob.isAnimated()


def test_an_expression_sees_its_node_its_group_and_the_root(nuke_gui: Desk, node: Any) -> None:
    nuke = nuke_gui.nuke
    knob = add(nuke_gui, node, "Double_Knob")
    other = nuke.createNode("NoOp")
    add(nuke_gui, other, "WH_Knob").setValue([3, 4])
    other["mine"].setValue([3, 4])
    knob.setExpression(f"{other.name()}.mine.h * 10 + root.first_frame + frame / 100")
    nuke.frame(50)
    assert knob.value() == pytest.approx(41.5)
    assert knob.hasExpression()
    assert node.dependencies(nuke.EXPRESSIONS) == [other, nuke.root()]


def test_an_expression_that_names_nothing_fails_when_it_is_asked(nuke_gui: Desk, node: Any) -> None:
    knob = add(nuke_gui, node, "Double_Knob")
    knob.setExpression("parent.nothing + 1")
    with pytest.raises(ValueError, match=r"nothing"):
        knob.value()


def test_text_is_evaluated_only_where_it_is_asked_for(nuke_gui: Desk, node: Any) -> None:
    nuke = nuke_gui.nuke
    nuke.root()["name"].setValue("/shots/a/comp.nk")
    knob = add(nuke_gui, node, "File_Knob")
    knob.setValue("[file dirname [value root.name]]/cache/%V/[value name].####.exr")
    nuke.frame(7)
    assert knob.value() == "[file dirname [value root.name]]/cache/%V/[value name].%04d.exr"
    assert knob.getEvaluatedValue() == f"/shots/a/cache/%V/{node.name()}.%04d.exr"
    assert knob.evaluate() == f"/shots/a/cache/main/{node.name()}.0007.exr"
    knob.setValue("[frobnicate x]")
    with pytest.raises(RuntimeError, match='invalid command name "frobnicate"'):
        knob.evaluate()


def test_flags_hide_and_keep_out_of_scripts(nuke_gui: Desk, node: Any) -> None:
    nuke = nuke_gui.nuke
    knob = add(nuke_gui, node, "String_Knob")
    knob.setValue("said")
    assert "said" in node.writeKnobs()
    knob.setFlag(nuke.DO_NOT_WRITE)
    assert "said" not in node.writeKnobs()
    knob.setFlag(nuke.INVISIBLE)
    assert not knob.visible()
    knob.setVisible(True)
    assert not knob.getFlag(nuke.INVISIBLE)


@pytest.mark.parametrize(
    ("kind", "more", "value", "error", "part"),
    [
        ("Double_Knob", (), "1", TypeError, "takes numbers"),
        ("Int_Knob", (), 1.5, TypeError, "whole numbers"),
        ("String_Knob", (), 3, TypeError, "takes text"),
        ("Enumeration_Knob", (["a"],), "b", TypeError, "no value 'b'"),
        ("Enumeration_Knob", (["a"],), 4, ValueError, "no value 4"),
        ("XY_Knob", (), [1, 2, 3], ValueError, "has 2 numbers"),
        ("ChannelMask_Knob", (), "nope", ValueError, "no channel or layer"),
        ("File_Knob", (), r"C:\shots\a.exr", ValueError, "forward slashes"),
        ("Format_Knob", (), "no such", ValueError, "knows no format"),
        ("MultiView_Knob", (), "left", ValueError, "no view"),
    ],
)
def test_values_that_nuke_would_not_take_are_refused(
    nuke_gui: Desk,
    node: Any,
    kind: str,
    more: tuple[Any, ...],
    value: Any,
    error: type[Exception],
    part: str,
) -> None:
    knob = add(nuke_gui, node, kind, *more)
    with pytest.raises(error, match=part):
        knob.setValue(value)
    nuke_gui.forgive(part)


def test_a_windows_path_with_forward_slashes_is_taken(nuke_gui: Desk, node: Any) -> None:
    knob = add(nuke_gui, node, "File_Knob")
    knob.setValue("C:/shots/é plate.####.exr")
    assert knob.evaluate() == "C:/shots/é plate.0001.exr"


def test_names_of_knobs_are_unique_and_have_no_spaces(nuke_gui: Desk, node: Any) -> None:
    nuke = nuke_gui.nuke
    add(nuke_gui, node, "Int_Knob")
    with pytest.raises(ValueError, match="already"):
        node.addKnob(nuke.Int_Knob("mine"))
    with pytest.raises(RuntimeError, match="no name"):
        nuke.Int_Knob("my own")
    nuke_gui.forgive("already")
    nuke_gui.forgive("no name")


def test_knobs_of_a_write_come_with_its_file_type(nuke_gui: Desk) -> None:
    write = nuke_gui.nuke.createNode("Write")
    assert write.knob("datatype") is None
    with pytest.raises(NameError):
        write["datatype"]
    write["file_type"].setValue("exr")
    write["datatype"].setValue("32 bit float")
    other = nuke_gui.nuke.createNode("Write")
    other["file"].setValue("/p/a.%04d.exr")
    assert other.knob("compression").value() == "Zip (1 scanline)"
    nuke_gui.forgive("datatype")


def test_colour_spaces_are_those_of_the_scripts_management(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    read, ocio = nuke.createNode("Read"), nuke.createNode("OCIOColorSpace")
    assert "sRGB" in read["colorspace"].values()
    assert "linear\tColorspaces/linear" in ocio["in_colorspace"].values()
    nuke.root()["colorManagement"].setValue("OCIO")
    names = [one.split("\t")[0] for one in ocio["in_colorspace"].values()]
    assert {"ACEScg", "Linear Rec.709 (sRGB)", "scene_linear"} <= set(names)
    ocio["in_colorspace"].setValue("ACEScg")
    assert ocio["in_colorspace"].value() == "ACEScg"
    with pytest.raises(TypeError, match="no colour space"):
        ocio["in_colorspace"].setValue("rec709")
    nuke_gui.forgive("no colour space")
