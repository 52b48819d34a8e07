"""An artist before the stand-in Nuke with the node, a shot on disk, and the real engine."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corridorkey_plugin.session import EngineOptions, Session

from corridorkey_core.frames import Pixels
from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.picture_files import write
from tests.small_shot import alpha_of, make_shot
from tests.sources import ROOT

FRAMES = tuple(range(1001, 1007))
NODE = ROOT / "nuke"


@dataclass
class Seat:
    """What a test does at the desk; `plugin` is the plugin's own, of this Nuke."""

    desk: Desk
    folder: Path
    plugin: Any

    @property
    def nuke(self) -> Any:
        """The module."""
        return self.desk.nuke

    def read(self, pattern: str = "plate/shot.####.exr", **knobs: Any) -> Any:
        """A Read of files below the shot's folder."""
        first, last = FRAMES[0], FRAMES[-1]
        range_knobs = {"first": first, "last": last, "origfirst": first, "origlast": last}
        file = (self.folder / pattern).as_posix()
        return self.nuke.nodes.Read(file=file, **{**range_knobs, "raw": True, **knobs})

    def graded(self, source: Any, gain: float = 1.0) -> Any:
        """A node behind another, so that Nuke must render it."""
        return self.nuke.nodes.Multiply(inputs=[source], channels="rgb", value=gain)

    def node(self, plate: Any, hint: Any = None, **knobs: Any) -> Any:
        """Our node, keying by chroma on the CPU into the shot's own cache."""
        node = self.nuke.createNode("CorridorKey")
        for index, one in ((0, plate), (1, hint)):
            if one is not None:
                node.setInput(index, one)
        usual = {"keyer": "chroma", "device": "cpu", "cache": (self.folder / "cache").as_posix()}
        for name, value in {**usual, **knobs}.items():
            node[name].setValue(value)
        return node

    def go_to(self, frame: int) -> None:
        """Show a frame."""
        self.nuke.frame(frame)
        self.desk.idle()

    def key(self, node: Any, button: str = "key_range") -> None:
        """Press a button and wait until nothing is being keyed."""
        self.desk.press(node, button)
        self.wait()

    def wait(self) -> None:
        """Let Nuke run until nothing is being keyed, and all that was asked of it is done."""
        self.desk.let_run(lambda: not self.plugin.orders)
        self.desk.run_pending()

    def keyed(self, node: Any) -> tuple[int, ...]:
        """The frames whose shown file is there."""
        pattern = node["key_file"].value()
        return tuple(frame for frame in FRAMES if pattern and Path(pattern % frame).is_file())

    def shows(self, node: Any, frame: int, view: str = "main") -> bool:
        """Whether the node shows a frame, and not an error."""
        try:
            self.desk.picture(node, frame, view)
        except RuntimeError:
            return False
        return True

    def alpha(self, node: Any, frame: int, view: str = "main") -> Pixels:
        """The matte that goes out, [H, W]."""
        return self.desk.picture(node, frame, view).plane("rgba.alpha")

    def results(self) -> list[Path]:
        """Every keyed file below the cache, whoever shows it."""
        return sorted((self.folder / "cache").rglob("layered/*.exr"))

    def before_render(self, count: int, act: Callable[[], None]) -> None:
        """Do something once, just before Nuke renders its `count`th frame from now on."""
        render: Any = importlib.import_module("corridorkey_nuke.render")
        seen, plain = list[int](), render._execute

        def execute(write: Any, frame: int, view: str) -> None:
            seen.append(frame)
            if len(seen) == count:
                act()
            plain(write, frame, view)

        render._execute = execute  # the module goes with its Nuke

    def leftovers(self) -> list[str]:
        """Nodes that nobody but a temporary render made."""
        names = [node.fullName() for node in self.nuke.allNodes(recurseGroups=True)]
        return [name for name in names if "CorridorKeyRender" in name]


def wait_until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for what another process or thread does, while Nuke's main thread is held."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def make_nuke_shot(folder: Path, numbers: tuple[int, ...] = FRAMES) -> Path:
    """`small_shot.make_shot`, with hints of four channels, since Nuke's hint is an alpha."""
    make_shot(folder, range(numbers[0], numbers[-1] + 1))
    for number in numbers:
        hint = np.repeat(alpha_of(number), 4, axis=2).astype(np.float16)
        write(folder / f"hint/shot.{number:04d}.exr", hint, ["R", "G", "B", "A"])
    return folder


@contextmanager
def sit_down(
    folder: Path,
    shared: Session | None,
    monkeypatch: pytest.MonkeyPatch,
    *,
    gui: bool = True,
    version: tuple[int, int, int] = (15, 1, 3),
    plugin_path: tuple[Path, ...] = (NODE,),
) -> Iterator[Seat]:
    """Start Nuke with the plugin; a `shared` session's engine is that of a test before."""
    with open_nuke(gui=gui, version=version, plugin_path=plugin_path) as desk:
        module = importlib.import_module("corridorkey_nuke.plugin")
        if shared is not None:
            monkeypatch.setattr(module, "Session", _adopting(shared, monkeypatch))
        plugin = module.the_plugin()
        try:
            yield Seat(desk, folder, plugin)
        finally:
            for order in plugin.orders:
                order.keying.abandon()
            if shared is None:
                plugin.close()


def _adopting(shared: Session, monkeypatch: pytest.MonkeyPatch) -> Any:
    def adopt(host: Any, _options: EngineOptions) -> Session:
        monkeypatch.setattr(shared, "_host", host)
        return shared

    return adopt
