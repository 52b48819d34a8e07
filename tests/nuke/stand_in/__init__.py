"""A Nuke to test against where none can be installed: strict, small, from public facts only.

What it does not know it refuses: a name is an AttributeError, a class or knob an error as Nuke's, a
setting that it cannot work out a NotImplementedError. Facts of nodes are in `node_classes.yaml`.

    desk                      how a test starts it, presses buttons, lets its event loop run
    terminal                  the same as a command: nuke -t, nuke -x
    session, threads          what is global in Nuke, and who may touch it
    graph, make_node, nodes/  nodes, groups, gizmos, the root
    knobs/, curves            values, keys, expressions
    formula, names, tcl       what expressions and texts in brackets mean
    script_reader/_writer     scripts and gizmos as text, by `script_text`
    callbacks, execute        what Nuke calls by itself, and rendering
    pixels/                   what each class of node does to a picture, files through OpenImageIO
    progress, menus, plugins  what a person sees, and what starts with Nuke

`fake/nuke` gives all that Nuke's names, and `stub_check` holds these to types-nuke.

Taken so, though no source says it for sure; a real Nuke has to be asked:
- a button's code runs inside the group that it belongs to, as saved gizmos presume;
- layers that a gizmo names must be known before: by `add_layer`, or because a file was read;
- a missing file is remembered until the Read is reloaded, as a read one is;
- nodes may not be deleted while frames are rendered; knobs may be set;
- a filter that looks beyond a box sees its edge repeated, unless the box has a black ring.
"""
