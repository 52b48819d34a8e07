"""Where a shot's keyed frames are: the session's folder, or what a farm made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corridorkey_plugin.host import Request, Result
from corridorkey_plugin.results import RECORDS
from corridorkey_plugin.session import Session

from corridorkey_nuke import farm

Current = Callable[[Iterable[int]], tuple[Result, ...]]


@dataclass(frozen=True)
class Place:
    """A folder of keyed frames, and which of its frames may be shown."""

    folder: Path
    current: Current


def place_of(session: Session, request: Request) -> Place | None:
    """Where a request's frames are; None where none was keyed. Makes no folder.

    What was keyed from here goes before what a farm keyed. Raises a `CorridorKeyError` where the
    request has no files.
    """
    # The session would make the folder of a name; looking at a node must not write.
    named = Path(request.cache).expanduser() / request.name
    own = session.results(request) if named.is_dir() else None
    if own and (own.folder / RECORDS).is_dir():
        return Place(own.folder, own.current)
    from_farm = farm.farm_folder(request) if named.is_dir() else None
    if from_farm and from_farm.is_dir():
        return Place(from_farm, partial(farm.current, request))
    return Place(own.folder, own.current) if own else None
