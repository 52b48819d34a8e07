"""The chroma keyer: colour difference against a clean plate, corrected and unmixed."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.difference import bounded
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.chroma.loose_hint import drawn_closer
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.screen import Screen


class ChromaKeyer:
    """Keys from colour alone: needs no weights, and runs on any device."""

    name = "chroma"
    identity = "chroma 5"

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
        seen = bounded(plate)
        found = evidence(seen, drawn_closer(hint, seen, screen), colour)
        return Prediction(found.alpha, unmix(plate, found.behind, found.prior, found.alpha))

    def economise(self) -> str | None:
        """Nothing is left to try: the keyer already works at reduced size where it can."""
        return None

    def close(self) -> None:
        """Nothing is held between frames."""
