"""Tensors from a .safetensors file, with nothing in the file believed unchecked.

Format: https://huggingface.co/docs/safetensors: eight bytes with the length of a JSON header, the
header, then the tensors' bytes at the offsets it names.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from corridorkey_core.errors import WeightsError

LARGEST_HEADER = 100_000_000  # of the format
_KINDS = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of the file, on the CPU; raises `WeightsError` or `OSError`."""
    with path.open("rb") as file:
        size = path.stat().st_size
        start = 8 + _header_length(file.read(8), size, path)
        header = _header(file.read(start - 8), path)
        tensors = {}
        for name, entry in header.items():
            kind, shape, first, last = _entry(name, entry, path)
            if start + last > size:
                raise WeightsError(
                    f"{path} is truncated: {name} ends at byte {start + last}, the file at {size}. "
                    "Copy or fetch it again."
                )
            file.seek(start + first)
            tensors[name] = _tensor(file, last - first, kind, shape)
    return tensors


def looks_like_safetensors(start: bytes) -> bool:
    """Whether a file that starts with these nine bytes or more can be one."""
    return (
        len(start) >= 9
        and int.from_bytes(start[:8], "little") <= LARGEST_HEADER
        and (start[8:9] == b"{")
    )


def _header_length(start: bytes, size: int, path: Path) -> int:
    length = int.from_bytes(start, "little")
    if length > LARGEST_HEADER:
        raise WeightsError(f"{path} is damaged: its header claims {length} bytes.")
    if 8 + length > size:
        raise WeightsError(
            f"{path} is truncated: its header is {length} bytes, the whole file {size}. "
            "Copy or fetch it again."
        )
    return length


def _header(content: bytes, path: Path) -> dict[str, Any]:
    try:
        header = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} is damaged: its header is not JSON ({error}).") from error
    if not isinstance(header, dict):
        raise WeightsError(f"{path} is damaged: its header is not a mapping.")
    header.pop("__metadata__", None)
    return header


def _entry(name: str, entry: Any, path: Path) -> tuple[torch.dtype, list[int], int, int]:
    """Type, shape, first byte and the byte after the last of a tensor, which fit each other."""
    try:
        kind, shape = _KINDS[entry["dtype"]], [_count(edge) for edge in entry["shape"]]
        first, last = map(_count, entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"{path} is damaged: its header says nothing usable of {name}."
        ) from error
    if last - first != math.prod(shape) * kind.itemsize:
        raise WeightsError(
            f"{path} is damaged: {name} has {last - first} bytes, but shape {shape} of "
            f"{entry['dtype']} needs {math.prod(shape) * kind.itemsize}."
        )
    return kind, shape, first, last


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def _tensor(file: BinaryIO, length: int, kind: torch.dtype, shape: list[int]) -> Tensor:
    if not length:
        return torch.empty(shape, dtype=kind)
    content = bytearray(length)
    file.readinto(content)  # type: ignore[attr-defined]
    return torch.frombuffer(content, dtype=kind).view(shape)
