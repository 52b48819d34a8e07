"""`python3 -m building.nuke_gizmo`: write the gizmo."""

from __future__ import annotations

from pathlib import Path

from building.nuke_gizmo.gizmo import gizmo_text

GIZMO = Path(__file__).resolve().parent.parent.parent / "nuke/CorridorKey.gizmo"

if __name__ == "__main__":
    GIZMO.write_text(gizmo_text(), encoding="utf-8", newline="\n")
