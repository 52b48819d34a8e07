"""The Blender extension: the add-on, and what of ours it needs, under its own name."""

from __future__ import annotations

import re

from building.environment import ROOT
from building.errors import SetupError
from building.vendor import Files, own_files, vendored_files

BLENDER = ROOT / "blender"
ADD_ON = BLENDER / "corridorkey_blender"
MANIFEST = "blender_manifest.toml"


def blender_extension() -> tuple[str, Files]:
    """The extension's file name and content, as Blender's `extension build` would pack it."""
    files = {**own_files(ADD_ON), **vendored_files(ADD_ON)}
    files["LICENSE"] = (BLENDER / "LICENSE").read_bytes()
    manifest = files[MANIFEST].decode("utf-8")
    return f"{_stated(manifest, 'id')}-{_stated(manifest, 'version')}.zip", files


def _stated(manifest: str, name: str) -> str:
    """A text of the manifest; tomllib is no part of Python 3.10."""
    found = re.search(rf'^{name} = "([^"]+)"$', manifest, re.MULTILINE)
    if not found:
        raise SetupError(f"{ADD_ON / MANIFEST} states no {name}.")
    return found[1]
