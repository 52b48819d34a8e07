"""A keyer on one frame: hints are made where none is given, and every screen looks green."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from corridorkey_core.full_chroma import with_full_chroma
from corridorkey_core.keyers.chroma import automatic_hint
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.preprocess import as_green
from corridorkey_core.screen import Screen


def infer(keyer: Keyer, plate: Tensor, hint: Tensor | None, screen: Screen) -> Prediction:
    """Key one frame, whatever the colour of its screen and whether its chroma was halved.

    `plate` [3, H, W] is linear Rec.709 float32, finite; `hint` [1, H, W] in 0..1 or None. The
    prediction's foreground has the plate's own channel order.
    """
    guide = hint_seen(plate, hint, screen)
    seen = as_green(with_full_chroma(plate), screen.kind)
    prediction = keyer.key(seen, guide, _as_green_screen(screen))
    return replace(prediction, foreground=as_green(prediction.foreground, screen.kind))


def hint_seen(plate: Tensor, hint: Tensor | None, screen: Screen) -> Tensor:
    """The hint [1, H, W] that a keyer is given: the one there is, or one made from the plate."""
    if hint is not None:
        return hint
    return automatic_hint(as_green(plate, screen.kind), _as_green_screen(screen))


def _as_green_screen(screen: Screen) -> Screen:
    if screen.kind == "green" or screen.colour is None:
        return Screen("green", screen.colour)
    red, green, blue = screen.colour
    return Screen("green", (red, blue, green))
