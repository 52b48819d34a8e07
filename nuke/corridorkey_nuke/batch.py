"""`nuke -t key_shot.py`: key nodes of a script without an interface, with exit statuses.

0 all is on disk; 1 some frames failed; 2 the request is wrong or the engine cannot run; 130
cancelled. Numbers go into `--frames=`: Nuke takes a bare number at a command's end for itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import nuke
from corridorkey_plugin.host import forward_slashes

from corridorkey_core.errors import CorridorKeyError, SettingsError
from corridorkey_core.progress import DONE, FRAMES_FAILED, REFUSED
from corridorkey_nuke import farm
from corridorkey_nuke.group import make_group
from corridorkey_nuke.host import tell
from corridorkey_nuke.knobs import our_nodes
from corridorkey_nuke.plugin import Plugin, the_plugin
from corridorkey_nuke.request import Shot, frames_of, shot_of, views_of


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks for and return the exit status."""
    options = _parser().parse_args(arguments)
    script = forward_slashes(options.script)
    try:
        nuke.scriptOpen(script)
    except (RuntimeError, OSError) as error:
        tell(f"The script {script} cannot be opened: {error}")
        return REFUSED
    plugin = the_plugin()
    try:
        status = max(_do(plugin, node, options) for node in _chosen(options.node))
    except (CorridorKeyError, OSError) as error:
        tell(str(error))
        return REFUSED
    finally:
        plugin.close()
    if not status:
        _save(options)
    return status


def _save(options: argparse.Namespace) -> None:
    if options.save:
        nuke.scriptSave("")
    if options.groups:
        for node in our_nodes():
            if isinstance(node, nuke.Gizmo):
                make_group(node)
        nuke.scriptSaveAs(forward_slashes(options.groups), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nuke -t key_shot.py", description=__doc__)
    parser.add_argument("script", metavar="SCRIPT.nk")
    parser.add_argument("--node", action="append", default=[], help="name of a node; all if none")
    parser.add_argument("--frames", default="", help="such as 1001-1100; the node's range if none")
    parser.add_argument("--views", default="", help="such as left,right; the node's if none")
    parser.add_argument("--save", action="store_true", help="save the script afterwards")
    parser.add_argument(
        "--groups",
        metavar="OUT.nk",
        default="",
        help="save it there as well, with Groups for the nodes: it renders without the plugin",
    )
    parser.add_argument(
        "--stage", action="store_true", help="render inputs and write a job file for a farm"
    )
    return parser


def _chosen(names: Sequence[str]) -> list[nuke.Group]:
    found = {node.fullName(): node for node in our_nodes()}
    missing = [name for name in names if name not in found]
    if missing or not found:
        known = ", ".join(sorted(found)) or "none"
        raise SettingsError(f"No CorridorKey node {' or '.join(missing)}; the script has {known}.")
    return [found[name] for name in names] if names else list(found.values())


def _do(plugin: Plugin, node: nuke.Group, options: argparse.Namespace) -> int:
    if options.views:
        node["views"].setValue(options.views)
    asked = _frames(options.frames) if options.frames else frames_of(node)
    if options.stage:
        return max(_stage(node, view, asked) for view in views_of(node))
    outcomes = plugin.key_now(node, lambda shot: _of(shot, asked))
    plugin.refreshed(node)
    for outcome in outcomes:
        tell(
            f"{node.fullName()}: {len(outcome.finished)} keyed, {len(outcome.current)} current, "
            f"{len(outcome.failed)} failed{'; cancelled' if outcome.cancelled else ''}"
        )
    return max(outcome.exit_status for outcome in outcomes)


def _frames(text: str) -> tuple[int, ...]:
    """Frames as Nuke reads them: 1001-1100, 1-100x2, or several with commas between."""
    try:
        ranges: Any = nuke.FrameRanges(text.split(","))
        return tuple(ranges.toFrameList())
    except (RuntimeError, ValueError) as error:
        raise SettingsError(f"The frames {text!r} are not understood: {error}.") from error


def _of(shot: Shot, asked: Sequence[int]) -> list[int]:
    return shot.among(asked) or list(asked)


def _stage(node: nuke.Group, view: str, asked: Sequence[int]) -> int:
    shot = shot_of(node, view)
    job, failed = farm.stage(shot.request, _of(shot, asked))
    tell(f"{node.fullName()} {view}: corridorkey run {job}")
    return FRAMES_FAILED if failed else DONE
