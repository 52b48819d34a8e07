"""Which files a node shows, so that it never shows what is stale.

A node shows a folder that is made for all that makes a frame what it is. Where the script changes,
the node is pointed elsewhere, and shows nothing until that is keyed; back again, and it is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nuke
from corridorkey_plugin.host import Result, forward_slashes
from corridorkey_plugin.results import MARK
from corridorkey_plugin.session import Session

from corridorkey_nuke.colour import to_working
from corridorkey_nuke.knobs import put
from corridorkey_nuke.places import Place, link, place_of
from corridorkey_nuke.request import Shot, shot_of, views_of

LAYERED = "layered"
NOT_KEYED = "not_keyed"
SCREENS = ("green", "blue")


@dataclass(frozen=True)
class Shown:
    """What a node shows: its shot in each view, and where that is keyed, or None."""

    shots: tuple[Shot, ...]
    places: tuple[Place | None, ...]

    @property
    def pattern(self) -> str:
        """The pattern of the files to show, with %04d, and with %V for several views."""
        shot, place = self.shots[0], self.places[0]
        if len(self.shots) > 1:
            return forward_slashes(f"{self.together.as_posix()}/%V.{shot.file_name}")
        folder = place.folder if place else Path(shot.request.cache) / shot.request.name / NOT_KEYED
        return forward_slashes(f"{folder.as_posix()}/{LAYERED}/{shot.file_name}")

    @property
    def gathers(self) -> bool:
        """Whether what is shown is brought together from more than one folder."""
        return len(self.shots) > 1 or any(place and place.gathers for place in self.places)

    def file(self, view: str, frame: int) -> Path:
        """The file that is shown of a frame."""
        folder, _, name = self.pattern.rpartition("/")
        return Path(folder) / (name.replace("%V", view) % frame)

    @property
    def together(self) -> Path:
        """The folder that all views are shown from, named by what each of them shows."""
        names = [
            f"{shot.view} {place.folder if place else NOT_KEYED}"
            for shot, place in zip(self.shots, self.places)
        ]
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
        return Path(self.shots[0].request.cache) / f"views-{digest[:16]}"

    def current(self, shot: Shot, frames: Iterable[int]) -> tuple[Result, ...]:
        """Those frames of a shot that may be shown."""
        place = self.places[self.shots.index(shot)]
        wanted = shot.among(frames)
        return place.current(wanted) if place and wanted else ()


def shown_of(node: nuke.Group, session: Session) -> Shown:
    """What a node should show now; raises a `CorridorKeyError` where it cannot be keyed."""
    shots = tuple(shot_of(node, view) for view in views_of(node))
    return Shown(shots, tuple(place_of(session, shot.request) for shot in shots))


def point(node: nuke.Group, shown: Shown) -> bool:
    """Have a node show what it should; returns whether it showed something else."""
    shot = shown.shots[0]
    to_working(node, shot.colour)
    put(node, "key_first", shot.frames[0])
    put(node, "key_last", shot.frames[-1])
    return put(node, "key_file", shown.pattern)


def gather(shown: Shown, shot: Shot, result: Result) -> None:
    """Have a view's frame where all views are shown from; raises `OSError`."""
    if len(shown.shots) == 1:
        return
    target = shown.file(shot.view, result.frame)
    link(Path(result.path(LAYERED)), target)
    (target.parent / MARK).touch()


def reload(node: nuke.Group) -> None:
    """Have Nuke read the shown files again."""
    keyed = node.node("Keyed")
    knob = keyed.knob("reload") if keyed else None
    if isinstance(knob, nuke.Script_Knob):
        knob.execute()


def show_nothing(node: nuke.Group) -> None:
    """Have a node show no file, where it is not known which would be right.

    The name is of none that there is: without any, Nuke might show black and say nothing.
    """
    put(node, "key_file", f"{NOT_KEYED}.%04d.exr")


def note_screen(node: nuke.Group, shot: Shot, result: Result) -> None:
    """Tell the node which screen the engine found, for its own despill."""
    kind = shot.request.settings.screen
    if kind == "auto":
        kind = _recorded_screen(shot.request.name, result)
    if kind in SCREENS:
        put(node, "screen_found", SCREENS.index(kind))


def _recorded_screen(name: str, result: Result) -> str:
    """The screen in the engine's own record of a frame; see `corridorkey_core.manifest`."""
    folder = Path(result.path(LAYERED)).parent.parent
    try:
        record = json.loads((folder / f".corridorkey/{name}/{result.frame}.json").read_bytes())
        return str(record["screen"][0])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return ""


def drop_stale(shown: Shown, frames: Iterable[int]) -> tuple[int, ...]:
    """Remove shown files of frames whose plate or hint changed on disk; says which these are."""
    dropped = set[int]()
    wanted = tuple(frames)
    for shot in shown.shots:
        current = {one.frame for one in shown.current(shot, wanted)}
        for frame in set(wanted) - current:
            file = shown.file(shot.view, frame)
            if file.is_file():
                file.unlink()
                dropped.add(frame)
    return tuple(sorted(dropped))


def missing(shown: Shown, frames: Iterable[int]) -> tuple[int, ...]:
    """Which frames are not keyed as they should be, in any view.

    A frame before the first or after the last is shown as these are.
    """
    found = set[int]()
    for shot in shown.shots:
        held = {min(max(frame, shot.frames[0]), shot.frames[-1]) for frame in frames}
        found |= held - {one.frame for one in shown.current(shot, sorted(held))}
    return tuple(sorted(found))
