"""Run within Nuke: `nuke -t make_comp.py FOLDER SETTINGS.json out`; saves FOLDER/comp.nk.

A comp of the shot in FOLDER: plate and hint into the node, and a Write behind it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nuke

FIRST, LAST = 1001, 1006


def main(folder: str, settings: str) -> None:
    """Make the comp and save it."""
    reads = [
        nuke.nodes.Read(
            file=f"{folder}/{name}/shot.####.exr",
            first=FIRST,
            last=LAST,
            origfirst=FIRST,
            origlast=LAST,
            raw=True,
        )
        for name in ("plate", "hint")
    ]
    node = nuke.nodes.CorridorKey()
    for index, read in enumerate(reads):
        node.setInput(index, read)
    for name, value in json.loads(Path(settings).read_text(encoding="utf-8")).items():
        node[name].setValue(value)
    write = nuke.nodes.Write(file=f"{folder}/comp/comp.####.exr", file_type="exr")
    write.setInput(0, node)
    for name, value in {"channels": "rgba", "raw": True, "datatype": "32 bit float"}.items():
        write[name].setValue(value)
    nuke.scriptSaveAs(f"{folder}/comp.nk", 1)


main(sys.argv[1], sys.argv[2])
