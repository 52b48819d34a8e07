"""From a name in the settings to a keyer on a device."""

from __future__ import annotations

from collections.abc import Callable

import torch

from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.settings import Settings


def load_keyer(settings: Settings, device: torch.device, say: Callable[[str], None]) -> Keyer:
    """The keyer that `settings.keyer` names, ready on `device`.

    `say` is told what a person should know once. Raises `WeightsError` or `DeviceError`.
    """
    if settings.keyer == "corridorkey":
        from corridorkey_core.keyers.corridorkey import load_corridor_keyer

        return load_corridor_keyer(settings, device, say)
    return ChromaKeyer(device)
