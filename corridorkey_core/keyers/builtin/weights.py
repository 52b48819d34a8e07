"""The weights that come with the package: of the first look at a frame, and of nearer ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.builtin.network import KeyNetwork, Networks, laid_out
from corridorkey_core.keyers.corridorkey.checkpoint import file_sha256
from corridorkey_core.keyers.corridorkey.safetensors_file import read_safetensors

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shipped:
    """A file of weights, and its SHA-256 as this version comes with it."""

    file: Path
    sha256: str


# Checksums are written by `python -m training export`.
FIRST = Shipped(
    _FOLDER / "first.safetensors",
    "c463c2161eca4604117180f1d565da3dfa6d3cadac789e03b6562f5fc4643c3c",
)
NEARER = Shipped(
    _FOLDER / "nearer.safetensors",
    "28b87f259fdde95266b2ef37d30b9a22b64724c0b2c6232ea989bcd5c454b7eb",
)
SHIPPED = (FIRST, NEARER)


def trained_networks(device: torch.device) -> Networks:
    """Both networks; see `trained_network`."""
    return Networks(*(trained_network(device, each) for each in SHIPPED))


def trained_network(device: torch.device, shipped: Shipped) -> KeyNetwork:
    """A network with its weights, float32, ready to be asked; raises `WeightsError`."""
    found = _checksum(shipped.file)
    if found != shipped.sha256:
        raise WeightsError(
            f"{shipped.file} is not the file this version came with: its SHA-256 is {found}, "
            f"expected {shipped.sha256}. Install Corridor Key again, or set `keyer` to chroma, "
            "which needs none."
        )
    weights = read_safetensors(shipped.file)
    network = KeyNetwork()
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    return laid_out(network.requires_grad_(False).eval(), device)


def _checksum(file: Path) -> str:
    if not file.is_file():
        raise WeightsError(
            f"{file} is missing. Install Corridor Key again, or set `keyer` to chroma, which needs "
            "no weights."
        )
    return file_sha256(file)
