"""From a name in the settings to a keyer on a device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch

from corridorkey_core.keyers.builtin.load import load_builtin_keyer
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.corridorkey.load import load_corridor_keyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.settings import Settings
from corridorkey_core.weights.find import GET, find_checkpoint, require_checkpoint


def load_keyer(settings: Settings, device: torch.device, say: Callable[[str], None]) -> Keyer:
    """The keyer that `settings.keyer` names, ready on `device`.

    `say` is told what a person should know once. Raises `WeightsError` or `DeviceError`.
    """
    if settings.keyer == "chroma":
        return ChromaKeyer(device)
    if settings.keyer == "builtin":
        return load_builtin_keyer(settings, device, say)
    if settings.keyer == "corridorkey":
        return load_corridor_keyer(require_checkpoint(settings.checkpoint), settings, device, say)
    return _load_best(find_checkpoint(settings.checkpoint), settings, device, say)


def _load_best(
    checkpoint: Path | None, settings: Settings, device: torch.device, say: Callable[[str], None]
) -> Keyer:
    if checkpoint is None:
        say(f"Keyer: builtin, as no CorridorKey checkpoint was found. {GET}.")
        return load_builtin_keyer(settings, device, say)
    keyer = load_corridor_keyer(checkpoint, settings, device, say)
    say(f"Keyer: corridorkey, with {checkpoint}.")
    return keyer
