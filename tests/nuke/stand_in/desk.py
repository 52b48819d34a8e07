"""How a test sits before Nuke: starting it, pressing its buttons, letting its event loop run."""

from __future__ import annotations

import importlib
import os
import queue
import shlex
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.nuke.stand_in import callbacks, plugins
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.pixels.compute import picture_of
from tests.nuke.stand_in.pixels.picture import Picture
from tests.nuke.stand_in.script_files import begin_script
from tests.nuke.stand_in.session import Session, begin, end

ROOT = Path(__file__).parents[3]
FAKE = ROOT / "tests" / "nuke" / "fake"
WAIT = 120.0
OURS = ("nuke", "corridorkey_nuke")


@dataclass(frozen=True)
class Desk:
    """One Nuke that runs: its module, and what only a person or the event loop could do."""

    nuke: Any
    session: Session

    def press(self, node: Node, name: str) -> None:
        """Press a button of a node's panel, as a person does; `knobChanged` hears of it."""
        button = node[name]
        button.execute()
        if node._is_alive:
            node._told_of(button)

    def turn(self, node: Node, name: str, value: Any) -> None:
        """Change a knob on the node's open panel, so that `knobChanged` runs."""
        node.showControlPanel()
        node[name].setValue(value)

    def let_run(self, is_so: Callable[[], bool]) -> None:
        """Let the event loop do what other threads asked for, until something is so."""
        assert self.session.gui, "without an interface there is no event loop"
        while not is_so():
            self.step()

    def step(self, timeout: float = WAIT) -> None:
        """Do the next thing that was asked of the main thread, then be idle."""
        self.session.pending.get(timeout=timeout)()
        self.idle()

    def run_pending(self) -> None:
        """Do all that was asked of the main thread so far."""
        while True:
            try:
                work = self.session.pending.get_nowait()
            except queue.Empty:
                self.idle()
                return
            work()

    def idle(self) -> None:
        """Nuke has nothing to do: `updateUI` runs for each node, in the root and in groups."""
        for node in self.nuke.allNodes(recurseGroups=True):
            callbacks.run("UpdateUI", node)

    def cancel(self, name: str = "") -> None:
        """Press the cancel button of the newest open progress bar, or of one of a name."""
        bars = [one for one in self.session.bars if one.is_open and name in one.name]
        assert bars, "no progress bar is open"
        bars[-1].is_cancelled = True

    def cancel_render(self, after: int) -> None:
        """The next render is cancelled by a person after some frames."""
        self.session.cancel_after = after

    def answer(self, *answers: bool) -> None:
        """What a person will answer to the next questions."""
        self.session.answers += answers

    def said(self, *kinds: str) -> list[str]:
        """What was shown or printed, of some kinds or of all."""
        return [text for kind, text in self.session.said if not kinds or kind in kinds]

    def picture(self, node: Node, frame: float | None = None, view: str = "main") -> Picture:
        """The pixels of a node: what a viewer would show."""
        at = self.session.frame if frame is None else frame
        with self.session.looking_at(at, view):
            return picture_of(node)

    def forgive(self, part: str) -> None:
        """The test broke a law on purpose: forget faults whose text has this part."""
        kept = [one for one in self.session.faults if part not in one]
        assert len(kept) < len(self.session.faults), f"nobody broke a law about {part!r}"
        self.session.faults[:] = kept


@contextmanager
def open_nuke(
    *,
    gui: bool = True,
    version: tuple[int, int, int] = (15, 1, 3),
    argv: tuple[str, ...] = (),
    executable: str = "",
    plugin_path: tuple[Path, ...] = (),
) -> Iterator[Desk]:
    """A Nuke that has started with an empty script; its modules are gone when it closes.

    `plugin_path` are folders as of NUKE_PATH: their `init.py` is run, and with an interface their
    `menu.py`. Raises `AssertionError` at the end where a law was broken and nobody forgave it.
    """
    session = Session(gui=gui, version=version, argv=argv, executable=executable)
    paths, threads = list(sys.path), set(threading.enumerate())
    _forget_modules()
    begin(session)
    sys.path.insert(0, str(FAKE))
    try:
        begin_script()
        desk = Desk(importlib.import_module("nuke"), session)
        for folder in reversed(plugin_path):
            plugins.add_folder(folder.resolve())
        if gui:
            plugins.run_menus()
        yield desk
    finally:
        sys.path[:] = paths
        _stop_timers(set(threading.enumerate()) - threads)
        _forget_modules()
        end()
    assert not session.faults, f"laws of Nuke were broken: {session.faults}"


def _stop_timers(threads: set[threading.Thread]) -> None:
    """A Nuke that ends takes its timers along: none of them finds it gone."""
    for thread in threads:
        if isinstance(thread, threading.Timer):
            thread.cancel()
            thread.join()


def make_executable(folder: Path, nuke_path: tuple[Path, ...] = ()) -> Path:
    """A program in a folder that behaves like `nuke` on a command line; see `terminal`."""
    program = folder / "Nuke15.1"
    path = os.pathsep.join(str(one) for one in nuke_path)
    program.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH={shlex.quote(str(ROOT))} NUKE_PATH={shlex.quote(path)}\n"
        f'export STAND_IN_EXECUTABLE="$0"\n'
        f'exec {shlex.quote(sys.executable)} -m tests.nuke.stand_in.terminal "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def _forget_modules() -> None:
    for name in list(sys.modules):
        if name.partition(".")[0] in OURS:
            del sys.modules[name]
