"""Nuke runs this after init.py, where it has an interface."""

import nuke

CREATE = "nuke.createNode('CorridorKey')"
ICON = "CorridorKey.png"

nuke.menu("Nodes").addCommand("Keyer/CorridorKey", CREATE, icon=ICON)
