"""A GPU that dies: a kernel that reads where nothing is leaves it good for nothing.

For processes of their own, which take `load` by its name.
"""

from __future__ import annotations

import torch

from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from tests.two_devices import Say


class Dying(ChromaKeyer):
    """The chroma keyer on a GPU that dies at its second frame."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._where = device
        self._keyed = 0

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        self._keyed += 1
        if self._keyed == 2:
            nowhere = torch.tensor([1 << 20], device=self._where)
            torch.zeros(1, device=self._where)[nowhere].sum().item()
        return super().key(plate, hint, screen)


def load(_settings: Settings, device: torch.device, _say: Say) -> Keyer:
    """A keyer that dies on the second GPU, and on no other."""
    return Dying(device) if device.index == 1 else ChromaKeyer(device)


def load_on_all(_settings: Settings, device: torch.device, _say: Say) -> Keyer:
    """A keyer that dies on every GPU."""
    return Dying(device)
