"""The chroma keyer: colour difference against a clean plate, corrected and unmixed."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.alpha import corrected_alpha
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.keyers.keyer import Prediction
from corridorkey_core.resample import maximum_filter, minimum_filter
from corridorkey_core.screen import Screen


class ChromaKeyer:
    """Keys from colour alone: needs no weights, and runs on any device."""

    name = "chroma"
    identity = "chroma 1"

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame; see `Keyer.key`."""
        colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
        behind = clean_plate(plate, hint, colour)
        edge = max(hint.shape)
        solid = ((minimum_filter(hint, 2) - 0.85) / 0.1).clamp(0, 1)
        allowed = (maximum_filter(hint, round(0.06 * edge)) / 0.02).clamp(0, 1)
        alpha, prior = corrected_alpha(plate, behind, solid, allowed)
        return Prediction(alpha, unmix(plate, behind, prior, alpha))

    def economise(self) -> str | None:
        """Nothing is left to try: the keyer already works at reduced size where it can."""
        return None

    def close(self) -> None:
        """Nothing is held between frames."""
