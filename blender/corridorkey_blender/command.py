"""`blender --command corridorkey SHOT.blend`: key what a file asks for, without a window."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.progress import CANCELLED, REFUSED

from .keyed_nodes import KeyedNode, keyed_nodes
from .running import keyed_frames, report_lines, running

NAME = "corridorkey"


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=f"blender --command {NAME}",
        description="Key every Corridor Key node of a file. Exit status: 0 all is keyed; "
        "1 frames failed; 2 it could not be done; 130 interrupted.",
    )
    parser.add_argument("file", metavar="SHOT.blend", type=Path)
    parser.add_argument("--scene", default="", help="only this scene (default: all)")
    parser.add_argument("--node", default="", help="only the node or group of this name")
    parser.add_argument("--start", type=int, help="first frame (default: the scene's)")
    parser.add_argument("--end", type=int, help="last frame (default: the scene's)")
    parser.add_argument(
        "--save", action="store_true", help="save the file, so that it shows what was keyed"
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command and return its exit status."""
    try:
        options = build_parser().parse_args(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else REFUSED
    try:
        bpy.ops.wm.open_mainfile(filepath=str(options.file.absolute()))
    except RuntimeError as error:
        return _refused(str(error).strip())
    places = [place for scene in bpy.data.scenes for place in _asked_for(scene, options)]
    if not places:
        return _refused(f"{options.file} has no Corridor Key node of that scene or name.")
    try:
        status = max(_key(place, options) for place in places)
    except KeyboardInterrupt:
        return CANCELLED
    finally:
        running.close()
    if options.save:
        bpy.ops.wm.save_mainfile()
    return status


def _asked_for(scene: Any, options: argparse.Namespace) -> list[KeyedNode]:
    """The nodes of a scene that are asked for, each group once."""
    if options.scene not in ("", scene.name):
        return []
    found = {
        place.shot.uid: place
        for place in keyed_nodes(scene)
        if options.node in ("", place.node.name, place.group.name)
    }
    return list(found.values())


def _key(place: KeyedNode, options: argparse.Namespace) -> int:
    frames = keyed_frames(place.scene)
    if options.start is not None or options.end is not None:
        first = frames[0] if options.start is None else options.start
        last = frames[-1] if options.end is None else options.end
        frames = tuple(range(first, last + 1))
    if not frames:
        return _refused("No frames are asked for.")
    _say(f"{place.scene.name}, {place.node.name}: frames {frames[0]} to {frames[-1]}")
    try:
        report = running.key_now(place, frames, "Range")
    except CorridorKeyError as error:
        return _refused(str(error))
    _say("\n".join(report_lines(report)))
    return report.outcome.exit_status if report.outcome else REFUSED


def _say(text: str) -> None:
    sys.stdout.write(f"Corridor Key: {text}\n")
    sys.stdout.flush()


def _refused(why: str) -> int:
    sys.stderr.write(f"Corridor Key: {why}\n")
    return REFUSED


_registered: list[Any] = []


def register() -> None:
    """Give Blender the command."""
    _registered.append(bpy.utils.register_cli_command(NAME, main))


def unregister() -> None:
    """Take it away again."""
    while _registered:
        bpy.utils.unregister_cli_command(_registered.pop())
