"""Scripts on disk: opened, saved, closed. All that survives is text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.nuke.node_classes import node_classes
from tests.nuke.stand_in import callbacks
from tests.nuke.stand_in.nodes.node import Node
from tests.nuke.stand_in.nodes.root import Root
from tests.nuke.stand_in.script_reader import read_script
from tests.nuke.stand_in.script_writer import script_text, selection_text
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import on_main_thread


def begin_script() -> None:
    """An empty script."""
    session = current()
    session.put_root(Root(node_classes()["Root"]))
    session.is_modified = False
    session.frame, session.view = 1, "main"
    session.image_cache.clear()


@on_main_thread
def scriptName() -> str:
    """The script's file; a `RuntimeError` where it was never saved."""
    name = str(current().root["name"].value())
    if not name:
        raise RuntimeError("no script name, please save the script first")
    return name


@on_main_thread
def scriptSaveAs(filename: str | None = None, overwrite: int = 0) -> None:
    """Save the script under a name, which it has from then on."""
    if not filename:
        raise current().refuse(RuntimeError, "scriptSaveAs asks a person for a name")
    path = Path(filename)
    if path.exists() and not overwrite:
        raise RuntimeError(f"{filename} is there already")
    current().root["name"].setValue(path.as_posix())
    _write(path)


@on_main_thread
def scriptSave(filename: str | None = None) -> bool:
    """Save the script where it is, or a copy of it under a name."""
    _write(Path(filename or scriptName()))
    return True


def _write(path: Path) -> None:
    callbacks.run("OnScriptSave", current().root)
    path.write_text(script_text(), encoding="utf-8")
    current().is_modified = False


@on_main_thread
def scriptOpen(filename: str | None = None) -> None:
    """Open a script in place of the one that is open."""
    if not filename:
        raise current().refuse(RuntimeError, "scriptOpen asks a person for a name")
    text = Path(filename).read_text(encoding="utf-8")
    callbacks.run("OnScriptClose", current().root)
    _destroy_all()
    begin_script()
    root = current().root
    read_script(text, root)
    root._knobs["name"]._from_text(Path(filename).as_posix())
    current().frame = int(root["frame"].value())
    current().is_modified = False
    callbacks.run("OnScriptLoad", root)


@on_main_thread
def scriptClear(*_args: Any, **_kwargs: Any) -> None:
    """Leave an empty script."""
    callbacks.run("OnScriptClose", current().root)
    _destroy_all()
    begin_script()


scriptClose = scriptClear


@on_main_thread
def scriptReadText(s: str) -> None:
    """Make the nodes of a text in the group that is looked at."""
    read_script(s, current().group)


@on_main_thread
def scriptReadFile(s: str) -> None:
    """Make the nodes of a file in the group that is looked at."""
    read_script(Path(s).read_text(encoding="utf-8"), current().group)


@on_main_thread
def nodePaste(s: str) -> Node | None:
    """Make the nodes of a file, and select them; the last is returned."""
    made = read_script(Path(s).read_text(encoding="utf-8"), current().group)
    for one in current().group.selectedNodes():
        one.setSelected(False)
    for one in made:
        one.setSelected(True)
    return made[-1] if made else None


@on_main_thread
def nodeCopy(s: str) -> None:
    """Write the selected nodes to a file."""
    Path(s).write_text(selection_text(current().group.selectedNodes()), encoding="utf-8")


def _destroy_all() -> None:
    root = current().root
    for node in root._children:
        callbacks.run("OnDestroy", node)
        node._is_alive = False
