"""The weights that come with the package."""

from __future__ import annotations

from pathlib import Path

import torch

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.builtin.network import KeyNetwork, laid_out
from corridorkey_core.keyers.corridorkey.checkpoint import file_sha256
from corridorkey_core.keyers.corridorkey.safetensors_file import read_safetensors

FILE = Path(__file__).with_name("builtin.safetensors")
# Written by `python -m training export`.
SHA256 = "1ee896e0497c90d6d87d03d1ead8549f69d8a38b4192943e8d4e7ed7a3a8cc3c"


def trained_network(device: torch.device, file: Path = FILE, sha256: str = SHA256) -> KeyNetwork:
    """The network with its weights, float32, ready to be asked; raises `WeightsError`."""
    found = _checksum(file)
    if found != sha256:
        raise WeightsError(
            f"{file} is not the file this version came with: its SHA-256 is {found}, expected "
            f"{sha256}. Install Corridor Key again, or set `keyer` to chroma, which needs none."
        )
    network = KeyNetwork()
    network.load_state_dict({name: value.float() for name, value in read_safetensors(file).items()})
    return laid_out(network.requires_grad_(False).eval(), device)


def _checksum(file: Path) -> str:
    if not file.is_file():
        raise WeightsError(
            f"{file} is missing. Install Corridor Key again, or set `keyer` to chroma, which needs "
            "no weights."
        )
    return file_sha256(file)
