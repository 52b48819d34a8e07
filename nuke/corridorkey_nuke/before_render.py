"""Before a frame is rendered: what the nodes above show must be keyed, and as it should be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import nuke

from corridorkey_core.errors import CorridorKeyError
from corridorkey_core.sequence import format_frames
from corridorkey_nuke.knobs import NODE_CLASS, is_on, text
from corridorkey_nuke.plugin import Plugin
from corridorkey_nuke.request import script_path
from corridorkey_nuke.shown import Shown, missing
from corridorkey_nuke.upstream import shifts_time, upstream

KEY, GO_ON = "key", "go on"
BATCH = Path(__file__).resolve().parent.parent / "key_shot.py"


def check_frame(plugin: Plugin, write: nuke.Node, frame: int) -> None:
    """See that a Write's frame is keyed in every node above it, or have it keyed.

    Raises `RuntimeError`, which ends the render, naming the node, the frames and what to do.
    """
    for node in _nodes_above(write):
        policy = text(node, "before_render")
        if policy == GO_ON or is_on(node, "disable"):
            continue
        try:
            _require(plugin, node, _frames_seen(write, node, frame), policy)
        except CorridorKeyError as error:
            raise RuntimeError(f"{node.fullName()}: {error}") from error


def _nodes_above(write: nuke.Node) -> Iterator[nuke.Group]:
    for node in upstream([write]):
        if node.Class() == NODE_CLASS and isinstance(node, nuke.Group):
            yield node


def _frames_seen(write: nuke.Node, node: nuke.Node, frame: int) -> list[int]:
    """The frames of a node that a Write's frame may show; all, where something shifts time."""
    above = {one.fullName() for one in upstream([node])}
    between = [one for one in upstream([write]) if one.fullName() not in above]
    return [] if shifts_time(between) else [frame]


def _require(plugin: Plugin, node: nuke.Group, frames: list[int], policy: str) -> None:
    shown = plugin.shown_now(node)
    lacking = _lacking(shown, frames)
    if lacking and policy == KEY:
        _key(plugin, node, shown, lacking)
        lacking = _lacking(plugin.refreshed(node), frames)
    if lacking:
        raise RuntimeError(_words(node, shown, lacking))


def _lacking(shown: Shown, frames: list[int]) -> tuple[int, ...]:
    return missing(shown, frames or shown.shots[0].frames)


def _words(node: nuke.Node, shown: Shown, lacking: tuple[int, ...]) -> str:
    everywhere = missing(shown, shown.shots[0].frames)
    return (
        f"{node.fullName()}: frame {lacking[0]} is not keyed, or not as the script is now "
        f"({len(everywhere)} of {len(shown.shots[0].frames)} frames lack). Press Key Range, or "
        f"run `nuke -t {BATCH.as_posix()} SCRIPT --node={node.fullName()}`, or set Before a "
        "render to key or go on."
    )


def _key(plugin: Plugin, node: nuke.Group, shown: Shown, lacking: tuple[int, ...]) -> None:
    """Key what lacks, here where the engine reads files, else by another Nuke.

    Nuke cannot render inputs while it renders, so another one does, with the script as it is saved.
    """
    from_files = all(isinstance(shot.request.plate, str) for shot in shown.shots)
    if from_files and all(isinstance(shot.request.hint, str) for shot in shown.shots):
        plugin.key_now(node, lambda shot: shot.among(lacking))
        return
    script = script_path()
    if not script or nuke.root().modified():
        raise RuntimeError(
            f"{node.fullName()} must be keyed by another Nuke, which reads the saved script. "
            "Save it, or press Key Range."
        )
    everything = missing(shown, shown.shots[0].frames)
    command = [
        str(nuke.env["ExecutablePath"]),
        "-t",
        str(BATCH),
        script,
        f"--frames={format_frames(everything)}",
        f"--node={node.fullName()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        raise RuntimeError(f"{node.fullName()} could not be keyed:\n{last}")
