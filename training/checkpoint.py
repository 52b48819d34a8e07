"""What a run leaves for the next: the weights, and their running mean, which is what ships.

A .safetensors file of half floats, under 15 MB. The optimiser's own memory is left out: a run
that goes on warms up again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.corridorkey.safetensors_file import read_safetensors

_MEAN = "mean."
_ADDS_NOTHING = re.compile(r"(encode\.\d+|decode\.\d+|tail)\.\d+\.(first|second)\.|afar\.")


@dataclass(frozen=True)
class Checkpoint:
    """State dicts, float32 on the CPU: the weights as trained, and their running mean."""

    weights: Mapping[str, Tensor]
    mean: Mapping[str, Tensor]


def save(path: Path, network: nn.Module, mean: nn.Module, facts: Mapping[str, str]) -> None:
    """Write a checkpoint so that a kill leaves the one before or this one."""
    tensors = {**network.state_dict(), **{_MEAN + k: v for k, v in mean.state_dict().items()}}
    write_halves(path, tensors, facts)


def load(path: Path) -> Checkpoint:
    """A checkpoint, or the package's own weights, which then are both; raises `WeightsError`."""
    tensors = {name: value.float() for name, value in read_safetensors(path).items()}
    mean = {name.removeprefix(_MEAN): v for name, v in tensors.items() if name.startswith(_MEAN)}
    weights = {name: v for name, v in tensors.items() if not name.startswith(_MEAN)}
    return Checkpoint(weights, mean or weights)


def grown(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Give a network the `weights` of one as large, or of one with fewer layers.

    Pairs, and what it makes of a look from afar, add nothing until they are trained. Raises
    `WeightsError`.
    """
    missing, unexpected = network.load_state_dict(dict(weights), strict=False)
    foreign = [name for name in missing if not _ADDS_NOTHING.match(name)] + unexpected
    if foreign:
        raise WeightsError(
            f"These weights are not of this network or a smaller one: {', '.join(foreign[:3])}. "
            "Give --resume a checkpoint of `training`, or leave it out to begin anew."
        )


def write_halves(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> None:
    """A .safetensors file of float16: eight bytes of length, a JSON header, the values."""
    header: dict[str, object] = {"__metadata__": dict(facts)}
    parts, end = [], 0
    for name in sorted(tensors):
        part = tensors[name].detach().to("cpu", torch.float16).contiguous().numpy().tobytes()
        place = [end, end + len(part)]
        header[name] = {"dtype": "F16", "shape": list(tensors[name].shape), "data_offsets": place}
        parts.append(part)
        end += len(part)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        file.write(len(head).to_bytes(8, "little") + head + b"".join(parts))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
