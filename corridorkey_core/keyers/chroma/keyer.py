"""The chroma keyer: colour difference against a clean plate, corrected and unmixed."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.alpha import (
    apparent_alpha,
    corrected_alpha,
    foreground_prior,
    screen_noise,
    settled,
)
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.difference import bounded
from corridorkey_core.keyers.chroma.guide import Guide, guide
from corridorkey_core.keyers.chroma.loose_hint import drawn_closer
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.resample import enlarge, shrink
from corridorkey_core.screen import Screen

_PRIOR_EDGE = 1400  # the long edge that foreground priors are made at: they are smooth


class ChromaKeyer:
    """Keys from colour alone: needs no weights, and runs on any device."""

    name = "chroma"
    identity = "chroma 1"

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
        seen = bounded(plate)
        close = drawn_closer(hint, seen, screen)
        behind = clean_plate(seen, close, colour)
        plain = apparent_alpha(seen, behind)
        inside = guide(close, plain)
        noise = screen_noise(seen, behind, plain, inside)
        prior = _prior(seen, behind, inside, noise)
        alpha = settled(corrected_alpha(seen, behind, prior, plain, inside, noise), inside)
        return Prediction(alpha, unmix(plate, behind, prior, alpha))

    def economise(self) -> str | None:
        """Nothing is left to try: the keyer already works at reduced size where it can."""
        return None

    def close(self) -> None:
        """Nothing is held between frames."""


def _prior(plate: Tensor, behind: Tensor, inside: Guide, noise: Tensor) -> Tensor:
    size = (plate.shape[-2], plate.shape[-1])
    factor = -(-max(size) // _PRIOR_EDGE)
    small = inside.shrunk(factor)
    prior = foreground_prior(shrink(plate, factor), shrink(behind, factor), small, noise)
    return enlarge(prior, factor, size)
