"""The builtin keyer, ready on a device."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.keyer import BuiltinKeyer
from corridorkey_core.keyers.builtin.network import KeyNetwork
from corridorkey_core.keyers.builtin.weights import SHA256, trained_network
from corridorkey_core.keyers.corridorkey.keyer import NAMES
from corridorkey_core.keyers.corridorkey.load import arithmetic_of
from corridorkey_core.keyers.corridorkey.network import exact_convolutions
from corridorkey_core.settings import Settings


def load_builtin_keyer(settings: Settings, device: torch.device) -> BuiltinKeyer:
    """The keyer with the weights that come with the package; raises `WeightsError`."""
    arithmetic = arithmetic_of(settings.precision, device)
    network = trained_network(device, arithmetic)
    ask = partial(asked, network)
    return BuiltinKeyer(ask, f"sha256 {SHA256}, {NAMES[arithmetic]}")


def asked(network: KeyNetwork, planes: Tensor) -> Tensor:
    """What the network says of features, both float32; said is [1, 4, H, W]."""
    with exact_convolutions():
        said: Tensor = network(planes)
    return said.float()
