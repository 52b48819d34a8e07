"""A keyer on one frame: hints are made where none is given, and every screen looks green."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from corridorkey_core.keyers.chroma import automatic_hint
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.preprocess import as_green
from corridorkey_core.screen import Screen


def infer(keyer: Keyer, plate: Tensor, hint: Tensor | None, screen: Screen) -> Prediction:
    """Key one frame, whatever the colour of its screen.

    `plate` [3, H, W] is linear Rec.709 float32, finite; `hint` [1, H, W] in 0..1 or None. The
    prediction's foreground has the plate's own channel order.
    """
    seen = as_green(plate, screen.kind)
    seen_screen = _as_green_screen(screen)
    guide = automatic_hint(seen, seen_screen) if hint is None else hint
    prediction = keyer.key(seen, guide, seen_screen)
    return replace(prediction, foreground=as_green(prediction.foreground, screen.kind))


def _as_green_screen(screen: Screen) -> Screen:
    if screen.kind == "green" or screen.colour is None:
        return Screen("green", screen.colour)
    red, green, blue = screen.colour
    return Screen("green", (red, blue, green))
