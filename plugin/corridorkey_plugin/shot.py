"""A request seen with one engine: where its inputs are, and where its results go."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from corridorkey_core.sequence import surveyed
from corridorkey_plugin.host import Request
from corridorkey_plugin.inputs import Pictures, open_inputs
from corridorkey_plugin.results import Results, picture_hash, shot_folder


@dataclass(frozen=True)
class Shot:
    """A request seen with one engine: where its inputs are, and where its results go."""

    plate: Pictures
    hint: Pictures | None
    results: Results

    def needed(self, frame: int, wanted: Iterable[int]) -> tuple[Pictures, ...]:
        """What must be there of a frame: its plate, and its hint only where it is keyed."""
        if self.hint is None or self.hint is self.plate or frame not in wanted:
            return (self.plate,)
        return (self.plate, self.hint)


def open_shot(request: Request, engine: str, longest_edge: int = 0) -> Shot:
    """A request's shot; raises a `CorridorKeyError` where it has no files, or nowhere to go."""
    folder = shot_folder(request)
    plate, hint = open_inputs(request.plate, request.hint, request.clip, folder / "inputs")
    name = picture_hash(request, plate.pattern, hint.pattern if hint else "", engine)
    place = folder / name / (f"reduced_{longest_edge}" if longest_edge else "")
    return Shot(plate, hint, Results(place, _identity(request, plate, hint)))


def _identity(request: Request, plate: Pictures, hint: Pictures | None) -> Callable[[int], str]:
    """What a frame is made of: its own inputs, and the plates that decide for the whole shot."""
    pictures = (plate,) if hint is None or hint is plate else (plate, hint)
    sampled = request.settings.screen_sampling == "shot"
    deciding = surveyed(plate.frames) if sampled else ()

    @functools.cache
    def shot() -> str:
        text = "; ".join(plate.identity(one) for one in deciding)
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

    # Asked once: a plate that changes later makes what is recorded older than it is, never newer.
    return lambda frame: "; ".join([*(one.identity(frame) for one in pictures), shot()])
