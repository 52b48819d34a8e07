"""Where a shot's keyed frames are: the session's folder, or what a farm made, or both."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corridorkey_plugin.host import Request, Result, forward_slashes
from corridorkey_plugin.results import RECORDS, Results
from corridorkey_plugin.session import Session

from corridorkey_nuke import farm

Current = Callable[[Iterable[int]], tuple[Result, ...]]


@dataclass(frozen=True)
class Place:
    """A folder of keyed frames, and which of its frames may be shown.

    Where `gathers`, asking for frames brings those of a farm into the folder.
    """

    folder: Path
    current: Current
    gathers: bool = False


def place_of(session: Session, request: Request) -> Place | None:
    """Where a request's frames are; None where none was keyed. Makes no folder.

    Raises a `CorridorKeyError` where the request has no files.
    """
    # The session would make the folder of a name; looking at a node must not write.
    if not (Path(request.cache).expanduser() / request.name).is_dir():
        return None
    own, from_farm = session.results(request), farm.farm_folder(request)
    if not from_farm.is_dir():
        return Place(own.folder, own.current) if own else None
    if own and (own.folder / RECORDS).is_dir():
        return Place(own.folder, partial(_of_both, own, request), gathers=True)
    return Place(from_farm, partial(farm.current, request))


def _of_both(own: Results, request: Request, frames: Iterable[int]) -> tuple[Result, ...]:
    """What was keyed from here goes before what a farm keyed, which is linked to beside it."""
    asked = tuple(frames)
    found = {result.frame: result for result in own.current(asked)}
    for result in farm.current(request, [frame for frame in asked if frame not in found]):
        source = Path(result.path(farm.LAYERED))
        target = own.folder / farm.LAYERED / source.name
        if not target.is_file():
            link(source, target)
        found[result.frame] = Result(result.frame, (forward_slashes(target.as_posix()),))
    return tuple(found[frame] for frame in asked if frame in found)


def link(source: Path, target: Path) -> None:
    """Have a file at another place as well, whole or not at all; a copy where none can be linked.

    Raises `OSError`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with suppress(FileNotFoundError):
        part.unlink()
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    part.replace(target)
