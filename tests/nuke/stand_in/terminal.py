"""The stand-in as a command: `-t script.py arguments`, or `-x script.nk [-X Write] [-F 1-9]`.

Facts: Foundry's user guide, "Command line operations". Folders of NUKE_PATH are started, without
their menus. With -t a number or a range at the very end of the command is not the script's: Nuke
takes it for frames. With -x all Writes that are not disabled are rendered, those in groups too.
"""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.nuke.stand_in.desk import Desk, open_nuke
from tests.nuke.stand_in.plugins import run_file

FRAMES = re.compile(r"-?\d+(-\d+)?(x\d+)?(,\d+)*")
FAILED = 1


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; a law of Nuke that was broken is a failure."""
    mode, script, *rest = arguments
    folders = tuple(Path(one) for one in os.environ.get("NUKE_PATH", "").split(os.pathsep) if one)
    executable = os.environ.get("STAND_IN_EXECUTABLE", "")
    with open_nuke(
        gui=False, argv=tuple(arguments), plugin_path=folders, executable=executable
    ) as desk:
        if mode == "-t":
            return _run_python(Path(script), rest)
        if mode == "-x":
            return _render(desk, script, rest)
    raise SystemExit(f"the stand-in knows no {mode}")


def _run_python(script: Path, rest: list[str]) -> int:
    if rest and FRAMES.fullmatch(rest[-1]):
        rest = rest[:-1]
    sys.argv = [str(script), *rest]
    try:
        run_file(script)
    except SystemExit as ending:
        return _status(ending.code)
    except Exception:  # as Nuke does: the traceback, and a status
        traceback.print_exc()
        return FAILED
    return 0


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    sys.stderr.write(f"{code}\n")
    return FAILED


def _render(desk: Desk, script: str, rest: list[str]) -> int:
    nuke = desk.nuke
    options = dict(zip(rest[::2], rest[1::2], strict=False))
    try:
        nuke.scriptOpen(script)
        for write in _writes(nuke, options.get("-X", "")):
            nuke.execute(write, nuke.FrameRanges(_frames(write, options.get("-F", "")).split(",")))
    except RuntimeError as error:
        sys.stderr.write(f"ERROR: {error}\n")
        return FAILED
    return 0


def _writes(nuke: Any, names: str) -> list[Any]:
    if names:
        found = [nuke.toNode(name) for name in names.split(",")]
        if None in found:
            raise RuntimeError(f"there is no node {names}")
        return found
    writes = [
        one
        for one in nuke.allNodes("Write", nuke.root(), recurseGroups=True)
        if not one["disable"].value()
    ]
    return sorted(writes, key=lambda one: float(one["render_order"].value()))


def _frames(write: Any, asked: str) -> str:
    if asked:
        return asked
    if write["use_limit"].value():
        return f"{write['first'].value()}-{write['last'].value()}"
    root = write.rootNode()
    return f"{root.firstFrame()}-{root.lastFrame()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
