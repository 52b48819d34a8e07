"""Writes `nuke/CorridorKey.gizmo` from the one declaration of parameters.

    panel      the node's knobs, walked from `Settings`
    graph      what is inside: the keyed files, live tools, masks, output
      matte    levels, shrink and soften of the matte, as the engine does them
    script     nodes as the text of a Nuke script
    icon       its picture in menus

`python3 -m building.nuke_gizmo` writes it and the icon; a test compares them.
Standard library only.
"""
