"""Writes `nuke/CorridorKey.gizmo` from the one declaration of parameters.

    panel      the node's knobs, walked from `Settings`
    graph      what is inside: the keyed files, live tools, masks, output
      matte    levels, shrink and soften of the matte, as the engine does them
    script     nodes as a Nuke script's text

`python3 -m building.nuke_gizmo` writes the file; a test compares it. Standard library only.
"""
