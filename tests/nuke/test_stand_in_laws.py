"""Laws of Nuke that the stand-in keeps: threads, terminals, people, plugins that start."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

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


def test_what_is_done_while_undo_is_disabled_leaves_no_step(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    nuke.Undo().disable()
    nuke.delete(nuke.nodes.Group())
    nuke.Undo().enable()
    assert nuke_gui.session.undo_steps == 0
    nuke.nodes.Dot()
    assert nuke_gui.session.undo_steps > 0


def test_a_button_runs_inside_its_group(nuke_gui: Desk) -> None:
    nuke = nuke_gui.nuke
    group = nuke.nodes.Group(name="G")
    group.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.nodes.Dot(name=nuke.thisNode().name())"))
    nuke_gui.press(group, "go")
    assert group.node("G").fullName() == "G.G"
    with group:
        inner = nuke.nodes.NoOp(name="Inner")
    inner.addKnob(nuke.PyScript_Knob("go", "Go", "nuke.nodes.Dot(name='Beside')"))
    nuke_gui.press(inner, "go")
    assert group.node("Beside") is not None
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
