"""The script's colour: its working space, linear Rec.709 in its config, and the way between."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import nuke

from corridorkey_core.errors import ColourError
from corridorkey_core.linear_names import LINEAR_NAMES
from corridorkey_nuke.knobs import put, text

NUKES_OWN = {"linear": "linear", "sRGB": "srgb"}
"""Read's colour spaces of Nuke's own management that the engine knows by these names."""

ALIASES = ("default", "scene_linear", "compositing_linear", "rendering")


@dataclass(frozen=True)
class ScriptColour:
    """How a script is coloured. All are empty where Nuke manages colour by itself.

    `working` and `rec709` are names in the OCIO config `config`, which is empty where it is no
    file. `converts` where pixels must go from one to the other.
    """

    working: str = ""
    rec709: str = ""
    config: str = ""

    @property
    def converts(self) -> bool:
        """Whether the working space is not linear Rec.709 itself."""
        return self.working != self.rec709


def colour_of(node: nuke.Group) -> ScriptColour:
    """The colour of the script that a node is in; raises `ColourError`.

    Nuke's own management works in linear Rec.709, and nothing is converted.
    """
    root = nuke.root()
    management = root.knob("colorManagement")
    if management is None or management.value() != "OCIO":
        return ScriptColour()
    known = _known_spaces(node)
    working = _plain(str(root["workingSpaceLUT"].value()))
    asked = text(node, "linear_rec709")
    rec709 = _first_of((asked,) if asked else LINEAR_NAMES, known)
    if not rec709:
        sought = repr(asked) if asked else "linear Rec.709 under any of its usual names"
        raise ColourError(
            f"The OCIO config has no {sought}. Name scene-linear Rec.709 in Linear Rec.709."
        )
    return ScriptColour(_first_of((working,), known) or working, rec709, _config(root))


def to_working(node: nuke.Group, colour: ScriptColour) -> None:
    """Have the node's answer brought to the working space; the names are saved with the node."""
    put(node, "convert", colour.converts)
    if colour.converts:
        put(node, "key_space", colour.rec709)
        put(node, "working_space", colour.working)


def engine_space(read: nuke.Node, colour: ScriptColour) -> str:
    """A Read's colour space as the engine names it; empty where it does not know it."""
    named = _plain(str(read["colorspace"].value()))
    if named == "default":
        named = _default_of(read)
    space = colour.working if read["raw"].value() else named
    if not colour.working:
        return "linear" if read["raw"].value() else NUKES_OWN.get(space, "")
    return space if colour.config else ""


def _default_of(read: nuke.Node) -> str:
    """What a script takes floating-point files for; of others it depends on more than a name."""
    is_float = str(nuke.filename(read) or "").lower().endswith(".exr")
    knob = nuke.root().knob("floatLut") if is_float else None
    return _plain(str(knob.value())) if knob else ""


def _known_spaces(node: nuke.Group) -> dict[str, str]:
    """The config's spaces as the node names them, by every name that they are shown under.

    Nuke lists `name<TAB>family/name`, and roles as `role<TAB>role (name)`.
    """
    inner = node.node("ToWorking")
    knob = inner.knob("in_colorspace") if inner else None
    listed = knob.values() if isinstance(knob, nuke.Enumeration_Knob) else ()
    known: dict[str, str] = {}
    for entry in listed:
        name, _, shown = entry.partition("\t")
        for alias in (name, name.rpartition("/")[2], shown.rpartition("/")[2]):
            known.setdefault(alias.lower(), name)
    return known


def _first_of(names: tuple[str, ...], known: dict[str, str]) -> str:
    """The first of several names that is known, as the node names it; empty where none is."""
    return next((known[name.lower()] for name in names if name.lower() in known), "")


def _plain(name: str) -> str:
    """A knob's `default (sRGB)` or `scene_linear (ACEScg)` as the space that it means."""
    alias, opened, rest = name.partition(" (")
    return rest[:-1] if opened and rest.endswith(")") and alias in ALIASES else name


def _config(root: nuke.Root) -> str:
    """The config's file, which $OCIO names before the script does; empty where it is built in."""
    if os.environ.get("OCIO"):
        return os.environ["OCIO"] if Path(os.environ["OCIO"]).is_file() else ""
    custom = str(root["OCIO_config"].value()) == "custom"
    knob = root.knob("customOCIOConfigPath" if custom else "OCIOConfigPath")
    if not isinstance(knob, nuke.File_Knob):
        return ""
    path = str(knob.getEvaluatedValue() or "")
    return path if Path(path).is_file() else ""
