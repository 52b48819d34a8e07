"""`python3 -m building.nuke_gizmo`: write the gizmo and its icon."""

from __future__ import annotations

from pathlib import Path

from building.nuke_gizmo.gizmo import gizmo_text
from building.nuke_gizmo.icon import icon_png

NUKE = Path(__file__).resolve().parent.parent.parent / "nuke"

if __name__ == "__main__":
    (NUKE / "CorridorKey.gizmo").write_text(gizmo_text(), encoding="utf-8", newline="\n")
    (NUKE / "icons/CorridorKey.png").write_bytes(icon_png())
