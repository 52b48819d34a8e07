"""Pictures as the bytes that are compressed, chunk by chunk of 16 lines; on any device."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

LINES = 16  # of a chunk, as EXR's zip has them


@dataclass(frozen=True)
class Chunks:
    """Bytes to be compressed: `data` [chunks, blocks, length] uint8, each block with its own code.

    The last chunk's blocks may be shorter: `counts` [chunks, blocks] int32 are there. `raw` is what
    a chunk that cannot be compressed is stored as, of as many bytes, or None where it always can.
    They are of a picture of `height` lines of `line_bytes`.
    """

    data: Tensor
    counts: Tensor
    raw: Tensor | None
    height: int
    line_bytes: int


def exr_chunks(image: Tensor) -> Chunks:
    """Half float [C, H, W], Y or R, G, B or R, G, B, A, as EXR's zip takes it.

    Lines of channels in the order of their names; then lower bytes apart from upper ones, and each
    byte less the one before it (OpenEXR's ImfZip).
    """
    channels, height, width = image.shape
    lines = image.flip(0).permute(1, 0, 2)
    short = -height % LINES
    lines = F.pad(lines, (0, 0, 0, 0, 0, short)).contiguous()
    raw = lines.view(torch.uint8).view(-(-height // LINES), -1)
    apart = raw.view(len(raw), -1, 2).permute(0, 2, 1).contiguous()
    through = apart.flatten(1)
    data = through.clone()
    data[:, 1:] -= through[:, :-1] - 128
    length = apart.shape[2]
    last = length - short * channels * width
    # The last chunk's upper bytes follow its own lower ones.
    data[-1, length] = through[-1, length] - through[-1, last - 1] + 128
    counts = _counts(data, 2, length, last)
    return Chunks(data.view_as(apart), counts, raw, height, 2 * channels * width)


def png_chunks(image: Tensor) -> Chunks:
    """uint8 [C, H, W] as PNG's filter Sub leaves it: each pixel less the one to its left."""
    channels, height, width = image.shape
    lines = image.permute(1, 2, 0).flatten(1)
    filtered = F.pad(lines, (1, 0), value=1)
    filtered[:, 1 + channels :] -= lines[:, :-channels]
    short = -height % LINES
    data = F.pad(filtered, (0, 0, 0, short)).view(-(-height // LINES), 1, -1)
    length = data.shape[2]
    last = length - short * (1 + channels * width)
    counts = _counts(data, 1, length, last)
    return Chunks(data.contiguous(), counts, None, height, 1 + channels * width)


def _counts(data: Tensor, blocks: int, length: int, last: int) -> Tensor:
    counts = torch.full((len(data), blocks), length, dtype=torch.int32, device=data.device)
    counts[-1] = last
    return counts
