"""The builtin keyer, ready on a device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.ask import Ask, by_look
from corridorkey_core.keyers.builtin.fused.quick import can_be_fused, quick_ask
from corridorkey_core.keyers.builtin.keyer import BuiltinKeyer
from corridorkey_core.keyers.builtin.network import KeyNetwork, Networks
from corridorkey_core.keyers.builtin.shown import Shown
from corridorkey_core.keyers.builtin.stages import in_stages
from corridorkey_core.keyers.builtin.weights import SHIPPED, trained_networks
from corridorkey_core.keyers.corridorkey.keyer import NAMES
from corridorkey_core.keyers.corridorkey.load import arithmetic_of
from corridorkey_core.keyers.corridorkey.network import exact_convolutions
from corridorkey_core.settings import Settings

_MOST = 1_500_000  # pixels of a tile: cuDNN takes room of its own, and 4K is to fit into 2 GiB


def _silent(_words: str) -> None:
    """Where nobody is there to be told."""


def load_builtin_keyer(
    settings: Settings, device: torch.device, say: Callable[[str], None] = _silent
) -> BuiltinKeyer:
    """The keyer with the weights that come with the package; raises `WeightsError`.

    It is as exact as single precision everywhere: `precision` says whether it may be fused. `say`
    is told once where a device that could have fused steps has none.
    """
    networks = trained_networks(device)
    ask = plain_form(networks)
    if arithmetic_of(settings.precision, device) != torch.float32 and can_be_fused(networks):
        ask = quick_ask(networks, ask, say)
    sums = " and ".join(each.sha256 for each in SHIPPED)
    return BuiltinKeyer(ask, f"sha256 {sums}, {NAMES[torch.float32]}")


def plain_form(networks: Networks) -> Ask:
    """What the networks say in single precision."""
    return by_look(*(partial(_asked, each) for each in networks))


def _asked(network: KeyNetwork, shown: Shown, pixels: int, afar: Tensor | None) -> Tensor:
    with exact_convolutions():
        return in_stages(network, shown, min(pixels, _MOST), afar)
