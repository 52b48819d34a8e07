"""An input that is no file: rendered by a group that is there for one frame and then gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import nuke
from corridorkey_plugin.host import RenderError, forward_slashes

from corridorkey_core.errors import Cancelled
from corridorkey_nuke.colour import ScriptColour
from corridorkey_nuke.knobs import is_attached
from corridorkey_nuke.source import HINT, PLATE
from corridorkey_nuke.upstream import files_of

LUMINANCE = "0.2126 * r + 0.7152 * g + 0.0722 * b"
SHORT = {"R": "r", "G": "g", "B": "b", "A": "a", "alpha": "a", "luminance": LUMINANCE}
MOST_OVERSCAN = 2
"""How many times the format's size a picture may be; what is beyond, as of a Constant, is cut."""


@dataclass(frozen=True)
class Wanted:
    """What to render of a node's inputs in a view, and how it is stored."""

    node: nuke.Group
    view: str
    plate: bool
    hint: bool
    hint_channel: str
    colour: ScriptColour
    data_type: str

    @property
    def inputs(self) -> list[nuke.Node]:
        """The nodes that it is rendered from; raises `Cancelled` where the node is gone."""
        if not is_attached(self.node):
            raise Cancelled("The node was deleted while it was keyed.")
        indices = [PLATE] * self.plate + [HINT] * self.hint
        found = (self.node.input(index) for index in indices)
        return [one for one in found if one is not None]


class Rendered:
    """Renders frames of a node's inputs, for as long as the nodes above stay as they were.

    `state` is what they were, `digest` tells what they are now. A plate is stored in linear
    Rec.709, a hint with it as alpha.
    """

    def __init__(self, wanted: Wanted, state: str, digest: Callable[[], str]) -> None:
        self._wanted = wanted
        self._state = state
        self._digest = digest

    def identity(self, frame: int) -> str:
        """What the frame is made of: the nodes above, and the files that they read for it."""
        return "; ".join([self._state, *files_of(self._wanted.inputs, frame)])

    def render(self, frame: int, path: str) -> None:
        """Write a frame; raises `RenderError`, or `Cancelled` also where the script changed."""
        if self._digest() != self._state:
            raise Cancelled("The nodes above were changed while they were keyed.")
        with as_it_was(), _writer(self._wanted, forward_slashes(path)) as write:
            _execute(write, frame, self._wanted.view)


def _execute(write: nuke.Node, frame: int, view: str) -> None:
    try:
        nuke.execute(write, frame, frame, 1, [view])
    except RuntimeError as error:
        if str(error).startswith("Cancelled"):
            raise Cancelled("The artist cancelled.") from error
        raise RenderError(str(error)) from error


@contextmanager
def as_it_was() -> Iterator[None]:
    """Full size, and nothing to undo; then the script is as modified and proxied as before."""
    root = nuke.root()
    modified, proxy = root.modified(), root.proxy()
    undo = nuke.Undo()
    undo.disable()
    try:
        if proxy:
            root.setProxy(False)
        yield
    finally:
        if proxy:
            root.setProxy(True)
        undo.enable()
        root.setModified(modified)


@contextmanager
def _writer(wanted: Wanted, path: str) -> Iterator[nuke.Node]:
    """A Write of the wanted inputs, in a group beside the node; removed whatever happens."""
    with wanted.node.parent():
        group = nuke.nodes.Group(name="CorridorKeyRender")
    try:
        with group:
            write = _fill(wanted, path)
        for index, above in enumerate(wanted.inputs):
            group.setInput(index, above)
        yield write
    finally:
        nuke.delete(group)


def _fill(wanted: Wanted, path: str) -> nuke.Node:
    picture, channels = None, "alpha"
    if wanted.plate:
        picture, channels = _plate(wanted), "rgb"
    if wanted.hint:
        alpha = _hint(wanted)
        if picture is not None:
            names = {"from0": "rgba.alpha", "to0": "rgba.alpha"}
            alpha, channels = nuke.nodes.Copy(inputs=[picture, alpha], **names), "rgba"
        picture = alpha
    return nuke.nodes.Write(
        inputs=[picture],
        file=path,
        file_type="exr",
        channels=channels,
        raw=True,
        datatype=wanted.data_type,
        views=wanted.view,
    )


def _plate(wanted: Wanted) -> nuke.Node:
    """The plate in linear Rec.709, cut where it is larger than any overscan."""
    plate: nuke.Node = nuke.nodes.Input(name="Plate", number=0)
    above = wanted.inputs[0]
    if _is_endless(above):
        size = above.format()
        plate = nuke.nodes.Crop(inputs=[plate], reformat=False, crop=False)
        plate["box"].setValue((0, 0, size.width(), size.height()))
    if wanted.colour.converts:
        plate = nuke.nodes.OCIOColorSpace(
            inputs=[plate],
            channels="rgb",
            in_colorspace=wanted.colour.working,
            out_colorspace=wanted.colour.rec709,
        )
    return plate


def _is_endless(node: nuke.Node) -> bool:
    bounds, size = node.bbox(), node.format()
    return bounds.w() > MOST_OVERSCAN * size.width() or bounds.h() > MOST_OVERSCAN * size.height()


def _hint(wanted: Wanted) -> nuke.Node:
    """The hint as alpha, from the channel that is asked for; laid on the plate's format."""
    above = wanted.inputs[-1]
    hint: nuke.Node = nuke.nodes.Input(name="Hint", number=int(wanted.plate))
    name = wanted.hint_channel
    if name == "auto":
        name = "alpha" if "rgba.alpha" in above.channels() else "luminance"
    formula = SHORT.get(name, name)
    hint = nuke.nodes.Expression(inputs=[hint], expr0="r", expr1="g", expr2="b", expr3=formula)
    plate = wanted.node.input(PLATE)
    if wanted.plate and plate is not None and not same_size(plate, above):
        size = plate.format()
        sizes = {"box_width": size.width(), "box_height": size.height()}
        hint = nuke.nodes.Reformat(
            inputs=[hint], type="to box", box_fixed=True, resize="distort", **sizes
        )
    return hint


def same_size(one: nuke.Node, other: nuke.Node) -> bool:
    """Whether two nodes' formats have the same size."""
    first, second = one.format(), other.format()
    return (first.width(), first.height()) == (second.width(), second.height())
