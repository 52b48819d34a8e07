"""Where plate and hint come from: a Read's own file, or a picture that Nuke renders."""

from __future__ import annotations

import os
from dataclasses import dataclass

import nuke
from corridorkey_plugin.host import forward_slashes

from corridorkey_core.errors import SequenceError
from corridorkey_core.sequence import find_sequence
from corridorkey_nuke.colour import ScriptColour, engine_space
from corridorkey_nuke.knobs import is_on, text

PLATE, HINT = 0, 1
STILLS = (".exr", ".dpx", ".tif", ".tiff", ".png", ".jpg", ".jpeg")
UNTOUCHED = {"frame_mode": "expression", "frame": "", "deinterlace": "none"}
"""Knobs of a Read and what they say where it shows its file's frames as they are."""


@dataclass(frozen=True)
class FileSource:
    """A Read's files as the engine reads them: their pattern, colour space, and frames."""

    pattern: str
    space: str
    frames: tuple[int, ...]
    padding: int


def plate_file(node: nuke.Node, view: str, colour: ScriptColour) -> FileSource | None:
    """The plate's file, where it comes straight from a Read that the engine reads alike."""
    if is_on(node, "render_plate"):
        return None
    read = _read_above(node, PLATE)
    return _file_of(read, view, engine_space(read, colour)) if read else None


def hint_file(node: nuke.Node, view: str) -> FileSource | None:
    """The hint's file, where it comes straight from a Read that leaves its values alone."""
    read = _read_above(node, HINT)
    if read is None or text(node, "hint_channel") not in ("auto", "luminance"):
        return None
    found = _file_of(read, view, "linear")
    is_data = read["raw"].value() or (found and found.pattern.lower().endswith(".exr"))
    return found if is_data else None


def _read_above(node: nuke.Node, index: int) -> nuke.Node | None:
    """The Read that an input shows as it is, past dots and what is disabled."""
    above = node.input(index)
    while above is not None and (above.Class() == "Dot" or _is_disabled(above)):
        above = above.input(0)
    return above if above is not None and above.Class() == "Read" else None


def _is_disabled(node: nuke.Node) -> bool:
    knob = node.knob("disable")
    return bool(knob and knob.value()) and node.Class() != "Read"


def _file_of(read: nuke.Node, view: str, space: str) -> FileSource | None:
    """A Read's file, unless Nuke shows something else than what the engine would read."""
    pattern = _pattern(read, view)
    is_still = pattern.lower().endswith(STILLS)
    if not is_still or not space or not _shows_it_plainly(read):
        return None
    one_view = len(nuke.views()) == 1 or "%" in str(nuke.filename(read)).replace("%0", "")
    try:
        on_disk = find_sequence(pattern)
    except SequenceError:
        return None
    first, last = int(read["first"].value()), int(read["last"].value())
    frames = tuple(frame for frame in on_disk.frames if first <= frame <= last)
    if not frames or not one_view:
        return None
    return FileSource(pattern, space, frames, on_disk.padding)


def _shows_it_plainly(read: nuke.Node) -> bool:
    known = read.knobs()
    plain = all(
        str(known[name].value() or "") in ("", value)
        for name, value in UNTOUCHED.items()
        if name in known
    )
    held = all(str(read[name].value()) == "hold" for name in ("before", "after"))
    return plain and held and not read["disable"].value() and not read["premultiplied"].value()


def _pattern(read: nuke.Node, view: str) -> str:
    """The pattern of a Read's files in a view, absolute, forward slashes."""
    named = forward_slashes(str(nuke.filename(read) or ""))
    named = named.replace("%V", view).replace("%v", view[:1])
    folder = nuke.root().knob("project_directory")
    if named and not os.path.isabs(named) and isinstance(folder, nuke.File_Knob):  # noqa: PTH117
        named = f"{folder.getEvaluatedValue() or os.getcwd()}/{named}"  # noqa: PTH109
    return named
