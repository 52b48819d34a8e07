"""Streams as the device makes them, made by zlib: what writers are given where there is no GPU."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import Tensor

from corridorkey_core.deflate.lines import Chunks, exr_chunks, png_chunks
from corridorkey_core.frames import Deflated, Pixels


def chunks_of(pixels: Pixels) -> Chunks:
    """The bytes to be compressed of a pass [H, W, C]: halves for an EXR, integers for a PNG."""
    image = torch.from_numpy(pixels).permute(2, 0, 1)
    return png_chunks(image) if pixels.dtype == np.uint8 else exr_chunks(image)


def plain(chunks: Chunks) -> list[bytes]:
    """What each chunk's stream must give back."""
    return [_joined(data, counts) for data, counts in zip(chunks.data, chunks.counts, strict=True)]


def deflated(pixels: Pixels) -> Deflated:
    """A pass [H, W, C] as a device would have compressed it."""
    chunks = chunks_of(pixels)
    content = np.zeros((len(chunks.data), 2 * chunks.data[0].numel() + 64), np.uint8)
    facts = np.zeros((len(chunks.data), 2), np.int64)
    for index, data in enumerate(plain(chunks)):
        stream = _stream(data, is_whole=chunks.raw is not None)
        if chunks.raw is not None and len(stream) + 6 >= len(data):
            content[index, : len(data)] = chunks.raw[index, : len(data)].numpy()
            stream = b""
        content[index, : len(stream)] = np.frombuffer(stream, np.uint8)
        facts[index] = len(stream), zlib.adler32(data)
    return Deflated(content, facts, chunks.height, chunks.line_bytes)


def _stream(data: bytes, *, is_whole: bool) -> bytes:
    compressor = zlib.compressobj(6, wbits=-15)
    start = compressor.compress(data)
    if is_whole:
        return start + compressor.flush()
    # Without the four bytes that its last block, which stores nothing, ends with.
    return (start + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


def _joined(data: Tensor, counts: Tensor) -> bytes:
    return b"".join(
        block[: int(count)].numpy().tobytes() for block, count in zip(data, counts, strict=True)
    )
