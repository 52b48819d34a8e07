"""The builtin keyer: what colour alone says, corrected by a network where that is in doubt."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.errors import KeyingError
from corridorkey_core.freed_memory import give_back_freed
from corridorkey_core.keyers.builtin.ask import Ask
from corridorkey_core.keyers.builtin.correction import corrected_alpha, corrected_foreground
from corridorkey_core.keyers.builtin.faint import without_faint_islands
from corridorkey_core.keyers.builtin.features import ceiling, say
from corridorkey_core.keyers.builtin.looks import looked
from corridorkey_core.keyers.builtin.shown import Shown, ShownFrame, shown_frame
from corridorkey_core.keyers.builtin.tiles import tile_pixels, tiles
from corridorkey_core.keyers.chroma.difference import bounded
from corridorkey_core.keyers.chroma.loose_hint import drawn_closer
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.screen import Screen

_SMALLEST = 8  # into as many parts tiles are divided at most


class BuiltinKeyer:
    """Keys with our own networks.

    `weights` names what they were made of that it is to `ask`, and their arithmetic.
    """

    name = "builtin"

    def __init__(self, ask: Ask, weights: str) -> None:
        self._ask = ask
        self._parts = 1
        self.identity = f"builtin 12, {weights}"

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
        seen = bounded(plate)
        close = drawn_closer(hint, seen, screen)
        return self._corrected(plate, shown_frame(plate, seen, close, colour))

    def economise(self) -> str | None:
        """Work on less at a time; the picture stays the same."""
        if self._parts >= _SMALLEST:
            return None
        self._parts *= 2
        return f"the network now works on {self._parts} times as many parts of the picture"

    def close(self) -> None:
        """Give back the device's memory; a closed keyer keys no more."""
        self._ask = _closed

    def _corrected(self, plate: Tensor, shown: ShownFrame) -> Prediction:
        """Chroma's key, and what the network brings into it where that is in doubt."""
        whole = Area.whole(*plate.shape[-2:])
        doubted = shown.doubted(whole)
        if doubted is None:
            return Prediction(shown.found.alpha, shown.foreground)
        if plate.device.type == "cpu":
            give_back_freed()  # while the network works memory is the shortest
        pixels = tile_pixels(plate.device) // self._parts
        seen, said = self._said(shown, doubted, pixels)
        # Not before, for the same reason.
        key = Prediction(shown.found.alpha.clone(), shown.foreground.clone())
        corrected = Prediction(seen.of(key.alpha), seen.of(key.foreground))
        _correct(corrected, seen.of(plate), shown.part(seen), said, pixels)
        return Prediction(without_faint_islands(key.alpha), key.foreground)

    def _said(self, shown: ShownFrame, doubted: Area, pixels: int) -> tuple[Area, Tensor]:
        seen, answer = looked(self._ask, shown, doubted, pixels)
        said = answer[0]
        if not bool(torch.isfinite(said.sum())):
            raise KeyingError("The builtin network gave NaN; set `precision` to fp32.")
        return seen, said


def _correct(key: Prediction, plate: Tensor, shown: ShownFrame, said: Tensor, pixels: int) -> None:
    """Bring what the network `said` into a key, in its place, so many `pixels` at a time."""
    for tile in tiles(plate.shape[-2], plate.shape[-1], pixels):
        area = shown.doubted(tile.wanted)
        if area is not None:
            followed = _followed(area.of(plate), shown.part(area), area.of(said))
            area.of(key.alpha).copy_(followed.alpha)
            area.of(key.foreground).copy_(followed.foreground)


def _followed(plate: Tensor, shown: ShownFrame, said: Tensor) -> Prediction:
    """What the network `said` brought into the key of some of the unbounded `plate`.

    Colours are unmixed by the corrected matte; then what the network says they lack.
    """
    found, gate = shown.found, shown.gate
    alpha = corrected_alpha(found.alpha, say(found, gate), ceiling(plate, found), said[:1])
    unmixed = unmix(plate, found.behind, found.prior, alpha)
    told = corrected_foreground(unmixed, gate, said[1:])
    return Prediction(alpha, torch.where(gate > 0.0, told, shown.foreground))


def _closed(_shown: Shown, _pixels: int, _afar: Tensor | None) -> Tensor:
    raise RuntimeError("The keyer is closed.")
