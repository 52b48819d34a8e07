"""What Nuke calls by itself: when a script is read or closed, when it idles, before a frame."""

from __future__ import annotations

import nuke

from corridorkey_nuke.before_render import check_frame
from corridorkey_nuke.glance import KEPT, LIVE
from corridorkey_nuke.knobs import NODE_CLASS, our_nodes
from corridorkey_nuke.plugin import the_plugin

NOT_ONES = {"showPanel", "hidePanel", "xpos", "ypos", "selected", "inputChange"}
"""What Nuke also calls changed knobs. An input that changes is seen when it idles."""


def install() -> None:
    """Have Nuke call; for every mode of Nuke, since a farm must not show what is stale either."""
    nuke.addOnScriptLoad(script_read)
    nuke.addOnScriptClose(script_closes)
    nuke.addBeforeFrameRender(before_frame)
    if nuke.GUI:
        nuke.addKnobChanged(knob_changed, nodeClass=NODE_CLASS)
        nuke.addUpdateUI(idle, nodeClass=NODE_CLASS)


def script_read() -> None:
    """A script may come with frames that are stale by now."""
    for node in our_nodes():
        the_plugin().look_again(node, int(nuke.frame()))


def script_closes() -> None:
    """What is being keyed has no node any more."""
    the_plugin().cancel()


def knob_changed() -> None:
    """A setting of the engine's was changed: what is shown is another key's."""
    node, name = nuke.thisNode(), nuke.thisKnob().name()
    if name not in LIVE | KEPT | NOT_ONES:
        _look_again(node)


def idle() -> None:
    """Something was changed somewhere, or another frame is shown."""
    _look_again(nuke.thisNode())


def _look_again(node: nuke.Node) -> None:
    # While Nuke renders its nodes are let alone; it idles again afterwards.
    if isinstance(node, nuke.Group) and not nuke.executing():
        the_plugin().look_again(node, int(nuke.frame()))


def before_frame() -> None:
    """A Write is about to render a frame; raises `RuntimeError` where it must not."""
    check_frame(the_plugin(), nuke.thisNode(), int(nuke.frame()))
