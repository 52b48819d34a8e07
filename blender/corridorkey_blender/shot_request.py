"""A node, as a request to the engine: its plate, its hint, its settings, and its frames."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import bpy
from corridorkey_plugin.host import Request, Source

from corridorkey_core.errors import SettingsError
from corridorkey_core.settings import Settings

from .bake import Baked, Wanted
from .frame_mapping import FrameMapping
from .keyed_nodes import KeyedNode, require_own, source_of
from .moment import Moment
from .node_group import HINT
from .plate import Plate, find_plate, pattern_of
from .setting_properties import read_settings
from .shot_properties import own_uid

NO_FOLDER = (
    "The cache folder {cache} is relative, and this file was never saved. "
    "Save the file, or choose a cache folder that is not relative."
)


@dataclass(frozen=True)
class ShotRequest:
    """A request, and what it takes to show its results: `mapping` and `is_still` of the plate.

    `digest` names the settings and sources, so that it can be told what is shown.
    """

    request: Request
    mapping: FrameMapping
    is_still: bool
    digest: str
    scene: str

    @property
    def renders(self) -> tuple[Baked, ...]:
        """Those of its inputs that Blender renders."""
        sources = (self.request.plate, self.request.hint)
        return tuple(one for one in sources if isinstance(one, Baked))


def request_of(
    place: KeyedNode, frames: Iterable[int], moment: Moment, *, anew: bool = False
) -> ShotRequest:
    """The request of a node for frames of its scene; raises a `CorridorKeyError`.

    `anew`: inputs that cannot be told apart, such as a 3D scene, are rendered again.
    """
    require_own(place)
    if anew:
        place.shot.stamp = uuid.uuid4().hex
    wanted = tuple(frames)
    plate = find_plate(place, wanted, lambda *what: _rendered(place, moment, *what))
    hint = _hint(place, plate, moment)
    settings = _settings(place.shot, plate, hint)
    request = Request(
        name=own_uid(place.group),
        frames=tuple(dict.fromkeys(plate.mapping.number(frame) for frame in wanted)),
        plate=plate.source,
        cache=cache_folder(place.shot),
        hint=hint,
        clip=plate.clip,
        settings=settings,
    )
    digest = digest_of(place.shot)
    return ShotRequest(request, plate.mapping, plate.is_still, digest, place.scene.name)


def digest_of(shot: Any) -> str:
    """What names a shot's settings and hint, as the artist has them now."""
    settings = read_settings(shot.settings).to_mapping()
    picture = {one.name: settings[one.name] for one in Settings.parameters() if one.picture}
    mask = shot.hint_mask.name_full if shot.hint_mask else ""
    facts = [picture, shot.hint_source, shot.hint_files, mask]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _settings(shot: Any, plate: Plate, hint: Source) -> Settings:
    settings = read_settings(shot.settings)
    config = bpy.path.abspath(settings.ocio_config)
    settings = settings.changed(
        checkpoint=bpy.path.abspath(settings.checkpoint), ocio_config=config
    )
    if not isinstance(hint, str):
        settings = settings.changed(hint_channel="auto")
    if not isinstance(plate.source, str) or settings.colour_space == "auto":
        settings = settings.changed(colour_space=plate.space)
    return settings


def _hint(place: KeyedNode, plate: Plate, moment: Moment) -> Source:
    shot, socket = place.shot, source_of(place, HINT)
    if shot.hint_source == "AUTO" and socket is None:
        return ""
    if shot.hint_source == "FILES":
        if not shot.hint_files.strip():
            raise SettingsError("No files are chosen for the alpha hint.")
        return pattern_of(shot.hint_files)
    if shot.hint_source == "MASK":
        if shot.hint_mask is None:
            raise SettingsError("No mask is chosen for the alpha hint.")
        wanted = Wanted(place.scene.name, mask=shot.hint_mask.name)
        return Baked(wanted, plate.mapping, plate.size, moment, is_data=True)
    if socket is None:
        raise SettingsError(
            f"Nothing is linked to {HINT} of the node {place.node.name}; "
            "link a matte to it, or choose another alpha hint in the sidebar."
        )
    return _baked(place, moment, socket, plate.mapping, plate.size, is_data=True)


def _rendered(
    place: KeyedNode, moment: Moment, socket: Any, mapping: FrameMapping, size: tuple[int, int]
) -> Baked:
    return _baked(place, moment, socket, mapping, size, is_data=False)


def _baked(
    place: KeyedNode,
    moment: Moment,
    socket: Any,
    mapping: FrameMapping,
    size: tuple[int, int],
    *,
    is_data: bool,
) -> Baked:
    if place.is_nested:
        raise SettingsError(
            f"The node {place.node.name} is within a group, where nothing can be rendered for it; "
            "move it to the scene's own tree, or feed it with files."
        )
    wanted = Wanted(place.scene.name, socket.node.name, socket.identifier)
    return Baked(wanted, mapping, size, moment, is_data=is_data, stamp=place.shot.stamp)


def cache_folder(shot: Any) -> str:
    """A shot's cache folder; raises `SettingsError` where it is relative to an unsaved file."""
    cache = shot.cache.strip()
    if cache.startswith("//") and not bpy.data.is_saved:
        raise SettingsError(NO_FOLDER.format(cache=cache))
    return str(bpy.path.abspath(cache))
