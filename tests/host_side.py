"""A whole host in a Python of its own: `python host_side.py ENGINE_PYTHON SHOT LOGS`.

Run by a Python that may be as old as 3.9 and has no package: torch, numpy and their like cannot be
imported. Keys the shot's two frames in a batch, by files and by a renderer that copies them.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

BLOCKED = ("torch", "numpy", "OpenImageIO", "yaml", "av", "fileseq", "platformdirs")


def tell(*values: object) -> None:
    """Say a line."""
    sys.stdout.write(" ".join(map(str, values)) + "\n")


class Blocker:
    """Refuses what a host does not have."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{name} is blocked")


class BatchHost:
    """A host without an event loop: what is put to its main thread is never done."""

    name = "old host"

    def __init__(self) -> None:
        self.shown: list[int] = []

    def on_main_thread(self, work: Any) -> None:
        pass

    def show_progress(self, key: object, progress: object) -> None:
        pass

    def show_frame(self, _key: object, result: Any) -> None:
        self.shown.append(result.frame)

    def say(self, _key: object, message: str) -> None:
        tell("said:", message)

    def ask(self, _key: object, _question: str) -> bool:
        return False

    def finished(self, key: object, outcome: object) -> None:
        pass


class Copies:
    """Renders a plate by copying one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def identity(self, frame: int) -> str:
        return f"copy of {frame}"

    def render(self, frame: int, path: str) -> None:
        shutil.copy(self.folder / f"shot.{frame}.exr", path)


def main(python: str, shot: Path, logs: Path) -> int:
    """Key the shot twice, and say how it went."""
    from corridorkey_plugin.host import Request
    from corridorkey_plugin.session import EngineOptions, Session

    from corridorkey_core.errors import SequenceError
    from corridorkey_core.settings import Settings

    host = BatchHost()
    session = Session(host, EngineOptions(python=python, logs=logs))
    settings = Settings(keyer="chroma", device="cpu")
    frames = (1001, 1002)
    plates = str(shot / "plate/shot.####.exr")
    files = Request("files", frames, plates, str(shot / "cache"), settings=settings)
    plate, hint = Copies(shot / "plate"), Copies(shot / "hint")
    rendered = Request("own", frames, plate, str(shot / "cache"), hint, frames, settings)
    try:
        for request in (files, rendered, files):
            outcome = session.key_now(request)
            tell(request.name, outcome.exit_status, outcome.finished, outcome.current)
            if outcome.error:
                tell(outcome.error)
    finally:
        session.close()
    try:
        session.current(Request("files", frames, str(shot / "plate/x.##.exr"), str(shot / "cache")))
    except SequenceError as error:
        tell(str(error).split("x.##.exr.")[1])
    tell(host.shown, [result.frame for result in session.current(files)])
    assert not set(sys.modules) & set(BLOCKED)
    return 0


if __name__ == "__main__":
    sys.meta_path.insert(0, Blocker())
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
