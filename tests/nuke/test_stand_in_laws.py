"""Laws of Nuke that the stand-in keeps: threads, callbacks, one render at a time, no interface."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.nuke.stand_in.desk import Desk, open_nuke


def in_a_thread(work: Callable[[], object]) -> list[BaseException]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    return raised


def writer(nuke: Any, folder: Path) -> Any:
    nuke.addFormat("32 18 1 small")
    plate = nuke.nodes.Constant(channels="rgba", format="small", color=[0.5, 0.25, 0.125, 1.0])
    return nuke.nodes.Write(
        inputs=[plate], file=f"{folder.as_posix()}/a.%04d.exr", channels="rgba", file_type="exr"
    )


def test_other_threads_may_not_touch_the_graph(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    node = nuke.nodes.Group()
    uses: list[Callable[[], object]] = [
        lambda: nuke.createNode("Dot"),
        lambda: nuke.nodes.Dot(),
        lambda: nuke.toNode("Group1"),
        lambda: nuke.execute(node, 1, 1),
        lambda: nuke.message("hello"),
        lambda: nuke.delete(node),
        lambda: nuke.addOnCreate(print),
        lambda: node["label"],
        nuke.root,
        nuke.frame,
        node.name,
        node.format,
        node.begin,
    ]
    for use in uses:
        (raised,) = in_a_thread(use)
        assert "off the main thread" in str(raised)
    nuke_gui.forgive("off the main thread")


def test_other_threads_may_not_touch_knobs_that_they_hold(nuke_gui: Desk) -> None:
    knob = nuke_gui.nuke.nodes.Dot()["label"]
    assert len(in_a_thread(knob.value)) == len(in_a_thread(lambda: knob.setValue("x"))) == 1
    nuke_gui.forgive("off the main thread")


def test_a_broken_law_fails_the_test_though_the_exception_was_swallowed() -> None:
    with pytest.raises(AssertionError, match="off the main thread"), open_nuke() as desk:
        in_a_thread(desk.nuke.root)


def test_work_for_the_main_thread_waits_for_the_event_loop(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    done: list[int] = []
    in_a_thread(lambda: nuke.executeInMainThread(done.append, 1))
    in_a_thread(lambda: nuke.executeInMainThread(done.append, args=(2,)))
    assert done == []
    nuke_gui.run_pending()
    assert done == [1, 2]


def test_a_result_from_the_main_thread_hides_exceptions(
    nuke_gui: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    nuke = nuke_gui.nuke
    results: list[object] = []
    told: list[list[object]] = []

    def ask() -> None:
        results.append(nuke.executeInMainThreadWithResult(nuke.frame))
        results.append(nuke.executeInMainThreadWithResult(lambda: 1 / 0))
        nuke.executeInMainThread(told.append, (results,))

    thread = threading.Thread(target=ask)
    thread.start()
    nuke_gui.let_run(lambda: bool(told))
    thread.join(60)
    assert told == [[1, None]]
    assert "ZeroDivisionError" in capsys.readouterr().out


def test_waiting_for_oneself_is_a_deadlock(nuke_gui: Desk) -> None:
    with pytest.raises(RuntimeError, match="deadlock"):
        nuke_gui.nuke.executeInMainThreadWithResult(print)
    nuke_gui.forgive("deadlock")


def test_a_terminal_has_no_event_loop_no_menu_and_nobody_to_ask(nuke_terminal: Desk) -> None:
    nuke = nuke_terminal.nuke
    assert not nuke.GUI
    assert not nuke.env["gui"]
    nuke.executeInMainThread(pytest.fail, "ran")
    with pytest.raises(AssertionError, match="no event loop"):
        nuke_terminal.let_run(lambda: True)
    (raised,) = in_a_thread(lambda: nuke.executeInMainThreadWithResult(print))
    assert "no event loop" in str(raised)
    with pytest.raises(RuntimeError, match="Not in GUI mode"):
        nuke.menu("Nodes")
    for refused in (lambda: nuke.ask("well?"), nuke.createNode("Dot").showControlPanel):
        with pytest.raises(RuntimeError, match="not in GUI mode"):
            refused()
    nuke_terminal.forgive("no event loop")
    nuke_terminal.forgive("not in GUI mode")


def test_a_question_needs_a_person(nuke_gui: Desk) -> None:
    nuke_gui.answer(True)
    assert nuke_gui.nuke.ask("sure?")
    with pytest.raises(RuntimeError, match="nobody"):
        nuke_gui.nuke.ask("really?")
    assert nuke_gui.said("ask") == ["sure?", "really?"]
    nuke_gui.forgive("nobody")


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


def test_a_button_runs_inside_its_group(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    group = nuke.nodes.Group(name="G")
    group.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.nodes.Dot(name=nuke.thisNode().name())"))
    nuke_gui.press(group, "go")
    assert group.node("G").fullName() == "G.G"
    assert nuke.thisGroup() is nuke.root()


def test_bars_are_open_until_nobody_holds_them(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    tasks = [nuke.ProgressTask("Keying")]
    assert in_a_thread(lambda: tasks[0].setProgress(40)) == []
    tasks[0].setMessage("frame 1")
    nuke_gui.cancel("Keying")
    assert tasks[0].isCancelled()
    (bar,) = nuke_gui.session.bars
    assert (bar.numbers, bar.messages, bar.is_open) == ([40], ["frame 1"], True)
    for wrong in (1.5, 101, -1):
        with pytest.raises(TypeError, match="whole number"):
            tasks[0].setProgress(wrong)
    tasks.clear()
    assert not bar.is_open
    nuke_gui.forgive("whole number")


def test_plugins_start_up_in_their_order(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name / "more").mkdir(parents=True)
        (tmp_path / name / "init.py").write_text(
            "nuke.pluginAddPath('./more')\nimport marks\nmarks.seen.append(__file__)\n"
        )
        (tmp_path / name / "menu.py").write_text(
            "nuke.menu('Nodes').addMenu('M').addCommand('C', \"nuke.createNode('Dot')\")\n"
        )
    (tmp_path / "second" / "more" / "marks.py").write_text("seen = []\n")
    with open_nuke(plugin_path=(tmp_path / "first", tmp_path / "second")) as desk:
        nuke = desk.nuke
        assert [Path(one).name for one in nuke.pluginPath()][:1] == ["more"]
        nuke.menu("Nodes").findItem("M/C").invoke()
        assert [one.name() for one in nuke.allNodes()] == ["Dot1"]


def test_a_version_is_the_one_that_was_asked_for() -> None:
    with open_nuke(version=(14, 0, 8)) as desk:
        nuke = desk.nuke
        assert nuke.NUKE_VERSION_STRING == "14.0v8"
        assert (nuke.NUKE_VERSION_MAJOR, nuke.env["NukeVersionRelease"]) == (14, 8)
