"""Folders that plugins are found in: their `init.py`, their gizmos, and `sys.path`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread


@on_main_thread
def pluginAddPath(args: Any, addToSysPath: bool = True) -> None:
    """Look for plugins in a folder first. While Nuke starts, the folder's `init.py` is run."""
    for text in args if isinstance(args, (list, tuple)) else [args]:
        add_folder(_absolute(text), to_sys_path=addToSysPath)


@on_main_thread
def pluginAppendPath(args: Any, addToSysPath: bool = True) -> None:
    """Look for plugins in a folder last."""
    for text in args if isinstance(args, (list, tuple)) else [args]:
        folder = _absolute(text)
        current().plugin_path.append(folder)
        if addToSysPath:
            sys.path.append(str(folder))


@on_main_thread
def pluginPath() -> list[str]:
    """The folders that plugins are looked for in, the first one first."""
    return [folder.as_posix() for folder in current().plugin_path]


def add_folder(folder: Path, *, to_sys_path: bool = True) -> None:
    """Put a folder first, and run its `init.py`, whose own paths are relative to it."""
    session = current()
    if folder in session.plugin_path:
        return
    session.plugin_path.insert(0, folder)
    if to_sys_path:
        sys.path.insert(0, str(folder))
    run_file(folder / "init.py")


def run_menus() -> None:
    """With an interface, run the `menu.py` of each folder, the last one first."""
    for folder in reversed(list(current().plugin_path)):
        run_file(folder / "menu.py")


def run_file(file: Path) -> None:
    """Run a file as Nuke does: not as a module, but with its own `__file__`, and `nuke` there."""
    if not file.is_file():
        return
    session = current()
    session.running_files.append(file)
    names = {"__file__": str(file), "__name__": "__main__", "nuke": importlib.import_module("nuke")}
    try:
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), names)
    finally:
        session.running_files.pop()


def _absolute(text: str) -> Path:
    folder = Path(text)
    running = current().running_files
    if not folder.is_absolute() and running:
        folder = running[-1].parent / folder
    return folder.resolve()
