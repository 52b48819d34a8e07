"""The builtin keyer: what colour alone says, corrected by a network where that is in doubt."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.errors import KeyingError
from corridorkey_core.keyers.builtin.correction import corrected_alpha, corrected_foreground
from corridorkey_core.keyers.builtin.features import ceiling, doubt, say
from corridorkey_core.keyers.builtin.network import BLOCK, OUTPUTS, REACH
from corridorkey_core.keyers.builtin.shown import Shown, ShownFrame
from corridorkey_core.keyers.builtin.tiles import tile_pixels, tiles
from corridorkey_core.keyers.chroma.difference import bounded
from corridorkey_core.keyers.chroma.evidence import Evidence, evidence
from corridorkey_core.keyers.chroma.loose_hint import drawn_closer
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.screen import Screen

_COLOUR_TRUST = 0.75  # in what the network says of colours
_SMALLEST = 8  # into as many parts tiles are divided at most

Ask = Callable[[Shown, int], Tensor]


class BuiltinKeyer:
    """Keys with our own network.

    `ask` takes what it is shown to corrections [1, 4, H, W] float32 of that size, about so many
    pixels at a time; `weights` names what it was made of, and its arithmetic.
    """

    name = "builtin"

    def __init__(self, ask: Ask, weights: str) -> None:
        self._ask = ask
        self._parts = 1
        self.identity = f"builtin 5, {weights}"

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
        seen = bounded(plate)
        close = drawn_closer(hint, seen, screen)
        found = evidence(seen, close, colour)
        foreground = unmix(plate, found.behind, found.prior, found.alpha)
        return self._corrected(plate, seen, close, found, foreground)

    def economise(self) -> str | None:
        """Work on less at a time; the picture stays the same."""
        if self._parts >= _SMALLEST:
            return None
        self._parts *= 2
        return f"the network now works on {self._parts} times as many parts of the picture"

    def close(self) -> None:
        """Give back the device's memory; a closed keyer keys no more."""
        self._ask = _closed

    def _corrected(
        self, plate: Tensor, seen: Tensor, hint: Tensor, found: Evidence, foreground: Tensor
    ) -> Prediction:
        gate = doubt(found)
        shown = ShownFrame(seen, hint, found, foreground, gate)
        alpha, colour = torch.empty_like(found.alpha), torch.empty_like(foreground)
        height, width = plate.shape[-2:]
        pixels = tile_pixels(plate.device) // self._parts
        said = self._said(shown, pixels)
        for tile in tiles(height, width, pixels):
            area = tile.wanted
            key = _followed(area.of(plate), shown.part(area), area.of(said))
            area.of(alpha).copy_(key.alpha)
            area.of(colour).copy_(key.foreground)
        return Prediction(alpha, colour)

    def _said(self, shown: ShownFrame, pixels: int) -> Tensor:
        """What the network says of a frame, 0 where nothing is in doubt, [4, H, W]."""
        whole = Area.whole(*shown.plate.shape[-2:])
        said = shown.plate.new_zeros(OUTPUTS, *whole.size)
        doubted = shown.doubted(whole)
        if doubted is not None:
            seen = doubted.grown(REACH, whole).aligned(BLOCK, whole)
            answer = self._ask(shown.part(seen), pixels)[0]
            seen.of(said).copy_(Area.whole(*seen.size).of(answer))
        if not bool(torch.isfinite(said.sum())):
            raise KeyingError("The builtin network gave NaN; set `precision` to fp32.")
        return said


def _followed(plate: Tensor, shown: ShownFrame, said: Tensor) -> Prediction:
    """What the network `said` brought into the key of some rows of the unbounded `plate`.

    Colours are unmixed by the corrected matte; then some of what the network says they lack.
    """
    found, gate = shown.found, shown.gate
    alpha = corrected_alpha(found.alpha, say(found, gate), ceiling(plate, found), said[:1])
    unmixed = unmix(plate, found.behind, found.prior, alpha)
    told = corrected_foreground(unmixed, gate, _COLOUR_TRUST * said[1:])
    return Prediction(alpha, torch.where(gate > 0.0, told, shown.foreground))


def _closed(_shown: Shown, _pixels: int) -> Tensor:
    raise RuntimeError("The keyer is closed.")
