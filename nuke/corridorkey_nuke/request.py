"""A node and a view as what is asked of the engine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import nuke
from corridorkey_plugin.host import Request, Source, forward_slashes

from corridorkey_core.errors import SettingsError
from corridorkey_nuke.colour import ScriptColour, colour_of
from corridorkey_nuke.knobs import number, path_text, settings_of, text
from corridorkey_nuke.render import Rendered, Wanted, same_size
from corridorkey_nuke.source import HINT, PLATE, FileSource, hint_file, plate_file
from corridorkey_nuke.upstream import graph_digest, upstream

CACHE = "corridorkey_cache"
ALPHA_OF_THE_PLATE = "A"
DATA_TYPES = {"float": "32 bit float"}
HALF = "16 bit half"
USUAL_PADDING = 4


@dataclass(frozen=True)
class Shot:
    """A node in one view: `request` asks for all of its frames.

    Its files have numbers of `padding` digits.
    """

    view: str
    request: Request
    colour: ScriptColour
    padding: int

    @property
    def frames(self) -> tuple[int, ...]:
        """Every frame that may be keyed."""
        return self.request.frames

    def asking(self, frames: Iterable[int]) -> Request:
        """The request for some of its frames."""
        return replace(self.request, frames=tuple(frames))

    def among(self, frames: Iterable[int]) -> list[int]:
        """Those of some frames that it has."""
        known = set(self.frames)
        return [frame for frame in frames if frame in known]

    @property
    def file_name(self) -> str:
        """The name of its files, with %04d, or how many digits they have."""
        return f"{self.request.name}.%0{self.padding}d.exr"


def views_of(node: nuke.Node) -> list[str]:
    """The views that a node keys; raises `SettingsError` for one that the script has not."""
    known, asked = list(nuke.views()), text(node, "views").replace(",", " ").split()
    for view in asked:
        if view not in known:
            raise SettingsError(f"There is no view {view!r}; the script has {', '.join(known)}.")
    return asked or known


def shot_of(node: nuke.Group, view: str) -> Shot:
    """A node in a view; raises a `CorridorKeyError` where it cannot be keyed as it is.

    The name of the request holds what the nodes above are, so that what is keyed of one state of
    the script is never taken for another's, and is there again when the artist goes back.
    """
    if node.input(PLATE) is None:
        raise SettingsError(f"{node.name()} has no plate. Connect one to its first input.")
    colour = colour_of(node)
    plate, hint = plate_file(node, view, colour), hint_file(node, view)
    digest = partial(state_of, node, view, colour)
    state = digest()
    wanted = _wanted(node, view, colour, plate, hint)
    rendered = Rendered(wanted, state, digest) if wanted.plate or wanted.hint else None
    frames = plate.frames if plate else frames_of(node)
    request = Request(
        name=f"{_stem(node)}-{state}",
        frames=frames,
        plate=plate.pattern if plate else _needed(rendered),
        hint=_hint_source(node, hint, rendered),
        clip=frames,
        cache=cache_of(node),
        settings=settings_of(node, **_decided(colour, plate, wanted)),
    )
    padding = plate.padding if plate else USUAL_PADDING
    return Shot(view, request, colour, padding or USUAL_PADDING)


def state_of(node: nuke.Group, view: str, colour: ScriptColour) -> str:
    """What decides the pictures of a node's inputs in a view, as a short text."""
    above = [one for one in (node.input(PLATE), node.input(HINT)) if one is not None]
    facts = [f"{name} {text(node, name)}" for name in ("hint_channel", "hint_fit")]
    connected = f"{node.input(HINT) is not None}"
    return graph_digest(above, view, repr(colour), connected, *facts)


def frames_of(node: nuke.Node) -> tuple[int, ...]:
    """The frames of the range that a node names."""
    kind, plate, root = text(node, "range"), node.input(PLATE), nuke.root()
    if kind == "plate" and plate is not None:
        first, last = int(plate.firstFrame()), int(plate.lastFrame())
    elif kind == "custom":
        first, last = number(node, "range_first"), number(node, "range_last")
    else:
        first, last = int(root.firstFrame()), int(root.lastFrame())
    if first > last:
        raise SettingsError(f"The range is {first} to {last}; expected its first frame first.")
    return tuple(range(first, last + 1))


def cache_of(node: nuke.Node) -> str:
    """The folder for keyed frames; raises `SettingsError` where there is no place for it."""
    named, script = path_text(node, "cache"), script_path()
    if named:
        return forward_slashes(named)
    if not script:
        raise SettingsError("The script is not saved yet. Save it, or name a folder in Cache.")
    return f"{forward_slashes(script).rpartition('/')[0] or '.'}/{CACHE}"


def script_path() -> str:
    """The script's file; empty where it was never saved."""
    return str(nuke.root()["name"].value() or "")


def _wanted(
    node: nuke.Group,
    view: str,
    colour: ScriptColour,
    plate: FileSource | None,
    hint: FileSource | None,
) -> Wanted:
    above = node.input(HINT)
    renders_hint = above is not None and (hint is None or not plate)
    if renders_hint and not plate and text(node, "hint_fit") == "refuse":
        _require_same_size(node)
    return Wanted(
        node=node,
        view=view,
        plate=plate is None,
        hint=renders_hint,
        hint_channel=text(node, "hint_channel"),
        colour=colour,
        data_type=DATA_TYPES.get(text(node, "bit_depth"), HALF),
    )


def _require_same_size(node: nuke.Node) -> None:
    plate, hint = node.input(PLATE), node.input(HINT)
    if plate is not None and hint is not None and not same_size(plate, hint):
        one, other = plate.format(), hint.format()
        raise SettingsError(
            f"The plate is {one.width()} x {one.height()} and the hint "
            f"{other.width()} x {other.height()}. Reformat the hint, or set Hint fit to resample."
        )


def _needed(rendered: Rendered | None) -> Source:
    assert rendered is not None
    return rendered


def _hint_source(node: nuke.Node, hint: FileSource | None, rendered: Rendered | None) -> Source:
    if node.input(HINT) is None:
        return ""
    return rendered if rendered is not None else hint.pattern if hint else ""


def _decided(colour: ScriptColour, plate: FileSource | None, wanted: Wanted) -> dict[str, str]:
    """Settings that follow from where the pictures come from."""
    decided = {"colour_space": plate.space if plate else "linear", "ocio_config": ""}
    if plate and colour.working:
        decided["ocio_config"] = colour.config
    if wanted.hint:
        decided["hint_channel"] = ALPHA_OF_THE_PLATE
    return decided


def _stem(node: nuke.Node) -> str:
    """A name for a folder that a person knows the plate by."""
    for one in upstream([above for above in [node.input(PLATE)] if above]):
        file = str(nuke.filename(one) or "") if one.Class() == "Read" else ""
        stem = re.sub(r"[^\w-]+", "_", Path(forward_slashes(file)).name.split(".")[0]).strip("_")
        if stem:
            return stem[:40]
    return "plate"
