"""What Nuke calls of its own, and what it refuses meanwhile: changes, idling, renders."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.nuke.stand_in.desk import Desk, open_nuke


def writer(nuke: Any, folder: Path) -> Any:
    nuke.addFormat("32 18 1 small")
    plate = nuke.nodes.Constant(channels="rgba", format="small", color=[0.5, 0.25, 0.125, 1.0])
    return nuke.nodes.Write(
        inputs=[plate], file=f"{folder.as_posix()}/a.%04d.exr", channels="rgba", file_type="exr"
    )


def test_a_change_is_told_only_while_the_panel_is_open(nuke_gui: Desk) -> None:
    nuke, told = nuke_gui.nuke, []
    nuke.addKnobChanged(
        lambda: told.append((nuke.thisNode().name(), nuke.thisKnob().name())), nodeClass="Dot"
    )
    dot = nuke.nodes.Dot()
    dot["label"].setValue("closed")
    assert told == []
    nuke_gui.turn(dot, "label", "open")
    nuke_gui.turn(nuke.nodes.NoOp(), "label", "another class")
    assert told == [("Dot1", "showPanel"), ("Dot1", "label")]
    dot["xpos"].setValue(7)
    dot.setInput(0, nuke.toNode("NoOp1"))
    dot.hideControlPanel()
    assert [knob for _, knob in told[2:]] == ["xpos", "inputChange", "hidePanel"]
    with pytest.raises(ValueError, match="no knob's code"):
        nuke.thisKnob()
    nuke_gui.forgive("no knob's code")


def test_from_nuke_17_on_all_changes_are_told_but_its_own(tmp_path: Path) -> None:
    with open_nuke(version=(17, 1, 2), gui=False) as desk:
        nuke = desk.nuke
        told: list[str] = []

        def changed() -> None:
            told.append(nuke.thisKnob().name())
            nuke.thisNode()["label"].setValue(f"{tmp_path} {len(told)}")

        nuke.addKnobChanged(changed, nodeClass="Dot")
        dot = nuke.nodes.Dot()
        told.clear()
        dot["xpos"].setValue(4)
        dot.setInput(0, nuke.nodes.NoOp())
        assert told == ["xpos", "inputChange"]


def test_a_button_is_a_changed_knob_too(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    told: list[str] = []
    node = nuke.createNode("NoOp")
    node.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.thisNode()['label'].setValue('went')"))
    nuke.addKnobChanged(lambda: told.append(nuke.thisKnob().name()), nodeClass="NoOp")
    nuke_gui.press(node, "go")
    assert told == ["label", "go"]


def test_code_in_a_knob_runs_before_what_python_added(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    order: list[str] = []
    nuke.env_marks = order
    nuke.addKnobChanged(lambda: order.append("added"), nodeClass="Dot")
    dot = nuke.createNode("Dot")
    dot["knobChanged"].setValue("nuke.env_marks.append(nuke.thisKnob().name())")
    order.clear()
    dot["label"].setValue("x")
    assert order == ["label", "added"]


def test_nothing_is_rendered_while_nuke_is_busy(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke, raised = nuke_gui.nuke, []
    write = writer(nuke, tmp_path)

    def render() -> None:
        try:
            nuke.execute(write, 1, 1)
        except RuntimeError as error:
            raised.append(str(error))

    nuke.addUpdateUI(render, nodeClass="Dot")
    nuke.addKnobChanged(render, nodeClass="Dot")
    for add in (nuke.addBeforeRender, nuke.addBeforeFrameRender, nuke.addAfterFrameRender):
        add(render)
    nuke_gui.turn(nuke.nodes.Dot(), "label", "x")
    nuke_gui.idle()
    nuke.execute(write, 1, 1)
    assert len(raised) == 6
    assert all(one.startswith("I'm already executing something else") for one in raised)
    nuke_gui.forgive("already executing")


def test_callbacks_of_a_render_are_those_of_writes_in_their_order(
    nuke_gui: Desk, tmp_path: Path
) -> None:
    nuke, order = nuke_gui.nuke, []

    def note(event: str) -> None:
        order.append((event, nuke.thisNode().name(), nuke.frame()))

    for event in ("BeforeRender", "BeforeFrameRender", "AfterFrameRender", "AfterRender"):
        getattr(nuke, f"add{event}")(note, (event,))
        getattr(nuke, f"add{event}")(pytest.fail, nodeClass="Dot")
    nuke.execute(writer(nuke, tmp_path), 3, 4)
    assert [one[0] for one in order] == [
        "BeforeRender",
        *["BeforeFrameRender", "AfterFrameRender"] * 2,
        "AfterRender",
    ]
    assert [one[2] for one in order[1:5]] == [3, 3, 4, 4]
    assert {one[1] for one in order} == {"Write1"}


def test_an_exception_before_a_frame_ends_the_render(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke, after = nuke_gui.nuke, []

    def stop() -> None:
        if nuke.frame() == 2:
            raise RuntimeError("no frame 2")

    nuke.addBeforeFrameRender(stop)
    nuke.addAfterRender(lambda: after.append(1))
    with pytest.raises(RuntimeError, match="no frame 2"):
        nuke.execute(writer(nuke, tmp_path), 1, 3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.0001.exr"]
    assert after == []
    nuke.removeBeforeFrameRender(stop)
    nuke.execute("Write1", 1, 3)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_persons_cancel_is_an_error_that_says_so(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke_gui.cancel_render(after=2)
    with pytest.raises(RuntimeError, match=r"^Cancelled"):
        nuke_gui.nuke.execute(writer(nuke_gui.nuke, tmp_path), 1, 9)
    assert len(list(tmp_path.iterdir())) == 2
    nuke_gui.nuke.execute("Write1", 1, 3)
    assert len(list(tmp_path.iterdir())) == 3


def test_nodes_are_not_deleted_while_frames_are_rendered(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    write = writer(nuke, tmp_path)
    nuke.addAfterFrameRender(lambda: nuke.delete(write.input(0)))
    with pytest.raises(RuntimeError, match="while frames are rendered"):
        nuke.execute(write, 1, 1)
    nuke_gui.forgive("while frames are rendered")


def test_only_a_write_that_is_there_and_enabled_is_executed(nuke_gui: Desk, tmp_path: Path) -> None:
    nuke = nuke_gui.nuke
    write = writer(nuke, tmp_path)
    write["disable"].setValue(True)
    with pytest.raises(RuntimeError, match="is disabled"):
        nuke.execute(write, 1, 1)
    with pytest.raises(RuntimeError, match="not executable"):
        nuke.execute(write.input(0), 1, 1)
    with pytest.raises(RuntimeError, match="no node"):
        nuke.execute("Write9", 1, 1)
    with pytest.raises(TypeError, match="whole frames"):
        nuke.execute(write, 1.5, 2)
    write["disable"].setValue(False)
    with pytest.raises(ValueError, match="no view"):
        nuke.execute(write, 1, 1, 1, ["left"])
    nuke_gui.session.faults.clear()


def test_a_nuke_that_ends_takes_its_timers_along() -> None:
    ran = list[int]()
    with open_nuke() as desk:
        timer = threading.Timer(0.2, lambda: ran.append(desk.nuke.executeInMainThread(len, ((),))))
        timer.start()
    assert not timer.is_alive()
    assert ran == []
