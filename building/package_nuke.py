"""The folder that an artist puts on Nuke's plugin path: the node, and what of ours it needs."""

from __future__ import annotations

from building.environment import ROOT
from building.vendor import Files, files_below, needed_modules
from corridorkey_core.version import VERSION

NUKE = ROOT / "nuke"
FOLDER = "CorridorKey"


def nuke_plugin() -> tuple[str, Files]:
    """The zip's file name and content: one folder, which is complete."""
    files = {name: path.read_bytes() for path, name in files_below(NUKE)}
    files |= {name: path.read_bytes() for name, path in needed_modules(NUKE).items()}
    files["LICENSE"] = (ROOT / "LICENSE").read_bytes()
    files["README.md"] = (ROOT / "docs/nuke.md").read_bytes()
    named = {f"{FOLDER}/{name}": content for name, content in files.items()}
    return f"corridorkey_nuke-{VERSION}.zip", named
