"""A CorridorKey checkpoint: found to hold exactly the network's tensors, at any model size."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.corridorkey.checkpoint_file import read_tensors
from corridorkey_core.keyers.corridorkey.greenformer import GreenFormer
from corridorkey_core.keyers.corridorkey.hiera import CHANNELS, PATCH

POSITIONS = "encoder.model.pos_embed"
_SMALLEST = 32  # model sizes are multiples of this
_NAMED = 3  # names that a message shows of many
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint's tensors, float32 on the CPU; the size it was saved for; its content's hash."""

    path: Path
    sha256: str
    size: int
    tensors: Mapping[str, Tensor]

    def state(self, size: int) -> dict[str, Tensor]:
        """The state dict of a network of another size: positions are resized bicubically."""
        state = dict(self.tensors)
        state[POSITIONS] = _resized(state[POSITIONS], size // PATCH)
        return state


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and check a checkpoint file.

    Raises `WeightsError` where it is missing, truncated, foreign, unsafe, not finite, or has
    other tensors than the network, whose names it then tells.
    """
    with ThreadPoolExecutor(1, "corridorkey-checksum") as pool:
        digest = pool.submit(file_sha256, path)
        tensors = read_tensors(path)
        size = _saved_size(tensors, path)
        _check_tensors(tensors, size, path)
        whole = {name: _full(value) for name, value in tensors.items()}
        return Checkpoint(path, digest.result(), size, whole)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal digits; raises `WeightsError`."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()


def _saved_size(tensors: Mapping[str, Tensor], path: Path) -> int:
    """The model size that the positions are for; the smallest where there are none."""
    positions = tensors.get(POSITIONS)
    if positions is None:
        return _SMALLEST
    tokens = positions.shape[1] if positions.dim() == 3 else 0
    size = math.isqrt(tokens) * PATCH
    if not tokens or (size // PATCH) ** 2 != tokens or size % _SMALLEST:
        raise WeightsError(
            f"{path} is no CorridorKey checkpoint: {POSITIONS} is {list(positions.shape)}, "
            f"expected [1, (size / {PATCH})², {CHANNELS[0]}]."
        )
    return size


def _check_tensors(tensors: Mapping[str, Tensor], size: int, path: Path) -> None:
    with torch.device("meta"):
        expected = GreenFormer(size).state_dict()
    faults = [
        _counted(expected.keys() - tensors.keys(), "missing"),
        _counted(tensors.keys() - expected.keys(), "unknown"),
        _counted(_misshapen(tensors, expected), "of another shape"),
    ]
    told = [fault for fault in faults if fault]
    if told:
        raise WeightsError(
            f"{path} is no CorridorKey checkpoint, or one of another version. Of its "
            f"{len(tensors)} tensors, where {len(expected)} are expected: {'; '.join(told)}."
        )
    broken = [name for name, tensor in tensors.items() if not _is_finite(tensor)]
    if broken:
        raise WeightsError(
            f"{path} is damaged: NaN or Inf in {_listed(broken)}. Copy or fetch it again."
        )


def _is_finite(tensor: Tensor) -> bool:
    # A sum is ten times as quick with halves; where it overflows, each number is asked.
    total = tensor.sum(dtype=torch.float32) if tensor.is_floating_point() else tensor.sum()
    return bool(torch.isfinite(total)) or bool(torch.isfinite(tensor).all())


def _misshapen(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    return [
        f"{name} {list(tensors[name].shape)} for {list(wanted.shape)}"
        for name, wanted in expected.items()
        if name in tensors and not _fits(tensors[name], wanted)
    ]


def _fits(tensor: Tensor, wanted: Tensor) -> bool:
    plain = tensor.layout == torch.strided and not (tensor.is_quantized or tensor.is_complex())
    return plain and tensor.shape == wanted.shape


def _counted(names: set[str] | list[str], fault: str) -> str:
    return f"{len(names)} {fault} ({_listed(sorted(names))})" if names else ""


def _listed(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _full(tensor: Tensor) -> Tensor:
    return tensor.to(torch.float32) if tensor.is_floating_point() else tensor


def _resized(positions: Tensor, edge: int) -> Tensor:
    """Positions [1, n², C] for `edge` × `edge` tokens."""
    saved = math.isqrt(positions.shape[1])
    if saved == edge:
        return positions
    grid = torch.unflatten(positions.transpose(1, 2), 2, (saved, saved))
    resized = F.interpolate(grid, (edge, edge), mode="bicubic", align_corners=False)
    return resized.flatten(2).transpose(1, 2).contiguous()
