"""What the panel's buttons do. Each takes the node, and says in words what went wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import nuke
from corridorkey_plugin.results import Size, cache_sizes
from corridorkey_plugin.results import clear_cache as remove

from corridorkey_core.errors import CorridorKeyError
from corridorkey_nuke.group import make_group
from corridorkey_nuke.host import tell
from corridorkey_nuke.knobs import our_nodes
from corridorkey_nuke.plugin import Frames, Plugin, the_plugin
from corridorkey_nuke.request import Shot, cache_of, frames_of
from corridorkey_nuke.shown import Shown, reload

Action = Callable[[nuke.Group], None]


def _told(action: Action) -> Action:
    """Show an error that is meant for a person; any other is a bug and keeps its traceback."""

    @functools.wraps(action)
    def guarded(node: nuke.Group) -> None:
        try:
            action(node)
        except (CorridorKeyError, OSError) as error:
            the_plugin().say(node, str(error))
            tell(f"{node.name()}: {error}")
            if nuke.GUI:
                nuke.message(str(error))

    return guarded


@_told
def key_frame(node: nuke.Group) -> None:
    """Key the frame that is shown, before all else."""
    shown = int(nuke.frame())
    _key(node, lambda _shot: [shown], first=True)


@_told
def key_range(node: nuke.Group) -> None:
    """Key every frame of the range that is missing or stale."""
    asked = frames_of(node)
    _key(node, lambda shot: _within(asked, shot))


def _within(asked: Iterable[int], shot: Shot) -> list[int]:
    """The frames of a range that the plate has; beyond them its first and last hold."""
    return shot.among(asked) or list(asked)


def _key(node: nuke.Group, frames: Frames, *, first: bool = False) -> None:
    plugin = the_plugin()
    if nuke.GUI:
        plugin.key(node, frames, first=first)
    else:
        plugin.key_now(node, frames)


@_told
def cancel(node: nuke.Group) -> None:
    """End what this node is having keyed, before its next frame."""
    if not the_plugin().cancel(node):
        the_plugin().say(node, "Nothing is being keyed.")


@_told
def clear_cache(node: nuke.Group) -> None:
    """Remove the frames that this node shows, and the inputs rendered for them."""
    plugin = the_plugin()
    plugin.cancel(node)
    shown = plugin.refreshed(node)
    removed = sum(remove(cache_of(node), name) for name in _names(shown))
    plugin.refreshed(node)
    reload(node)
    plugin.say(node, f"{_megabytes(removed)} removed.")


@_told
def clear_unused(node: nuke.Group) -> None:
    """Remove all in the node's cache folder that no node of this script shows, if that is meant."""
    plugin, cache = the_plugin(), cache_of(node)
    used = _used(plugin, cache)
    unused = {name: size for name, size in cache_sizes(cache).items() if name not in used}
    if not unused:
        plugin.say(node, "Nothing in the cache is unused.")
        return
    if nuke.GUI and not nuke.ask(_question(cache, unused)):
        return
    removed = sum(remove(cache, name) for name in unused)
    plugin.say(node, f"{_megabytes(removed)} removed.")


def _used(plugin: Plugin, cache: str) -> set[str]:
    """The names in a cache folder that nodes of this script show."""
    used = set[str]()
    for one in our_nodes():
        if cache_of(one) == cache:
            used |= set(_names(plugin.refreshed(one)))
    return used


def _names(shown: Shown) -> list[str]:
    """The folders in the cache that a node's frames are in."""
    together = [shown.together.name] if len(shown.shots) > 1 else []
    return [*(shot.request.name for shot in shown.shots), *together]


def _question(cache: str, unused: dict[str, Size]) -> str:
    total = sum(size.bytes for size in unused.values())
    return (
        f"{len(unused)} folders ({_megabytes(total)}) in {Path(cache)} are shown by no node of "
        "this script. Other scripts that use the same folder lose what they show. Remove them?"
    )


def convert_to_group(node: nuke.Group) -> None:
    """Put a Group in the gizmo's place, which shows what is keyed without the plugin."""
    if not isinstance(node, nuke.Gizmo):
        the_plugin().say(node, "It is a Group already.")
    elif nuke.GUI:
        # Not before its button is done with: Nuke does not survive it.
        nuke.executeInMainThread(_convert, (node,))
    else:
        _convert(node)


@_told
def _convert(node: nuke.Group) -> None:
    the_plugin().refreshed(node)
    if isinstance(node, nuke.Gizmo):
        make_group(node)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
