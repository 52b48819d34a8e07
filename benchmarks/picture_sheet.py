"""Pictures of what was keyed, side by side, as PNG: a few lines of its format, nothing more."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.key_scores import srgb

_OVER = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.02, 0.02))


def row(plate: Tensor, alpha: Tensor, foreground: Tensor) -> Tensor:
    """One row [3, H, 5 W] in sRGB: plate, matte, and the key over black, white and red."""
    tiles = [srgb(plate), alpha.expand(3, -1, -1)]
    for colour in _OVER:
        behind = torch.tensor(colour).view(3, 1, 1)
        tiles.append(srgb(foreground * alpha + behind * (1.0 - alpha)))
    return torch.cat(tiles, dim=2)


def write_png(path: Path, rows: Sequence[Tensor]) -> None:
    """Write rows [3, H, W] of sRGB values in 0..1, below each other, as 8-bit PNG."""
    picture = (torch.cat(list(rows), dim=1).clamp(0, 1) * 255 + 0.5).to(torch.uint8)
    height, width = picture.shape[1:]
    samples = picture.permute(1, 2, 0).reshape(height, 3 * width)
    lines = torch.empty(height, 1 + 3 * width, dtype=torch.uint8)
    lines[:, 0] = 1  # the filter that stores differences to the pixel on the left
    lines[:, 1:4] = samples[:, :3]
    lines[:, 4:] = samples[:, 3:] - samples[:, :-3]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(lines.numpy().tobytes(), 9)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
