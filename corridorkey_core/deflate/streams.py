"""Chunks to streams, on the device and without waiting for it."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from corridorkey_core.deflate.codes import BEGINNING, assign
from corridorkey_core.deflate.lines import LINES, Chunks, exr_chunks
from corridorkey_core.deflate.measure import measure
from corridorkey_core.deflate.pack import pack
from corridorkey_core.deflate.tokens import PARTS, SYMBOLS, TILE, WINDOW
from corridorkey_core.stored import Streams

MODULUS = 65521  # of Adler's checksum
AROUND = 6  # bytes that zlib puts around a stream


def deflated(chunks: Chunks) -> Streams:
    """Each chunk as deflate (RFC 1951): whole streams where a chunk may be stored raw instead.

    Otherwise each ends with three bits of a block that stores nothing, whose other bytes
    (00 00 FF FF) are left to who joins them.
    """
    histograms, sums = _measured(chunks)
    table, bits = _assigned(histograms)
    through = bits.flatten(1).cumsum(1, dtype=torch.int32)
    is_whole = chunks.raw is not None
    ends = torch.div(through[:, -1] + (7 if is_whole else 10), 8, rounding_mode="floor")
    fits = ends + AROUND < chunks.counts.sum(1) if is_whole else ends >= 0
    content = _packed(chunks, table, through - bits.flatten(1), fits)
    facts = torch.stack([torch.where(fits, ends, 0).long(), _adler(chunks.counts, sums)], 1)
    return Streams(content, facts, chunks.height, chunks.line_bytes)


def _measured(chunks: Chunks) -> tuple[Tensor, Tensor]:
    number, blocks, length = chunks.data.shape
    histograms = chunks.data.new_empty((number, blocks, PARTS, SYMBOLS), dtype=torch.int32)
    sums = chunks.data.new_empty((number, blocks, PARTS, 2), dtype=torch.int64)
    measure[(number * blocks * PARTS,)](
        chunks.data, chunks.counts, histograms, sums, length, PARTS, SYMBOLS, TILE, WINDOW
    )
    return histograms, sums


def _assigned(histograms: Tensor) -> tuple[Tensor, Tensor]:
    number, blocks = histograms.shape[:2]
    table = histograms.new_empty((number, blocks, SYMBOLS))
    bits = histograms.new_full((number, blocks, 1 + PARTS), BEGINNING)
    assign[(number * blocks,)](histograms, table, bits, PARTS, SYMBOLS, num_warps=1)
    return table, bits


def _packed(chunks: Chunks, table: Tensor, starts: Tensor, fits: Tensor) -> Tensor:
    number, blocks, length = chunks.data.shape
    raw, words = _room(chunks)
    content = torch.zeros((number, words), dtype=torch.int32, device=table.device)
    whole = int(chunks.raw is not None)
    given = (chunks.data, raw, chunks.counts, table, starts, fits.to(torch.int32), content)
    sizes = (length, words, blocks, whole, PARTS, SYMBOLS, TILE, WINDOW)
    pack[(number * blocks * PARTS,)](*given, *sizes)
    return content.view(torch.uint8)


def _room(chunks: Chunks) -> tuple[Tensor, int]:
    """What takes a stream's place where it is no smaller, as words; and words for each stream."""
    if chunks.raw is not None:
        return chunks.raw.view(torch.int32), chunks.raw.shape[1] // 4
    # No code is worse than 9 bits a byte.
    length = chunks.data.shape[1] * chunks.data.shape[2]
    return chunks.counts, (length * 9 // 8 + 1024) // 4


def _adler(counts: Tensor, sums: Tensor) -> Tensor:
    """Adler's checksum (RFC 1950) of each chunk, from sums of bytes and of bytes times places."""
    sizes, (plain, placed) = counts.long(), sums.sum(2).unbind(-1)
    total = sizes.sum(1, keepdim=True)
    behind = total - (sizes.cumsum(1) - sizes)
    low = (1 + plain.sum(1)) % MODULUS
    high = (total[:, 0] + (behind * plain - placed).sum(1)) % MODULUS
    return (high << 16) | low


def _nothing(device: torch.device) -> Chunks:
    return exr_chunks(torch.zeros(1, LINES, LINES, dtype=torch.float16, device=device))


def _compile_measure(device: torch.device) -> None:
    _measured(_nothing(device))


def _compile_assign(device: torch.device) -> None:
    _assigned(torch.ones((1, 1, PARTS, SYMBOLS), dtype=torch.int32, device=device))


def _compile_pack(device: torch.device) -> None:
    new = partial(torch.zeros, dtype=torch.int32, device=device)
    # Nothing fits: chunks are stored as they are, whatever the codes.
    _packed(_nothing(device), new(1, 2, SYMBOLS), new(1, 2 * (1 + PARTS)), new(1))


STEPS = (_compile_measure, _compile_assign, _compile_pack)
"""Each compiles one kernel by using it; they may run side by side."""
