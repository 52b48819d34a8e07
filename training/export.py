"""Checkpoints' running means, as a file that the package ships, and its checksum."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin import weights
from corridorkey_core.keyers.builtin.network import KeyNetwork
from corridorkey_core.keyers.builtin.weights import Shipped
from corridorkey_core.keyers.corridorkey.checkpoint import file_sha256
from training.checkpoint import grown, load, write_halves

_FACTS = {"licence": "Apache-2.0", "made by": "training/, see docs/builtin.md"}


def export(shipped: Shipped, checkpoints: Sequence[Path]) -> str:
    """Replace a file of the package's and its checksum in `weights.py`; returns the checksum.

    Of several checkpoints, which are of runs that went on from each other, the mean is taken.
    """
    write_halves(shipped.file, averaged(list(map(_mean_weights, checkpoints))), _FACTS)
    digest = file_sha256(shipped.file)
    source = Path(weights.__file__)
    before = rf'("{shipped.file.name}",\s*")[0-9a-f]*"'
    source.write_text(re.sub(before, rf'\g<1>{digest}"', source.read_text()))
    return digest


def _mean_weights(checkpoint: Path) -> Mapping[str, Tensor]:
    """A checkpoint's running mean; what an earlier network did not have adds nothing."""
    network = KeyNetwork()
    grown(network, load(checkpoint).mean)
    return network.state_dict()


def averaged(several: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of state dicts of one network."""
    return {name: torch.stack([each[name] for each in several]).mean(dim=0) for name in several[0]}
