"""Pictures in the type a file will hold, and the way to host memory.

Not every device knows unsigned 16-bit words: on the device they are int32, and travel as signed
words of the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from corridorkey_core.device import copy_streams
from corridorkey_core.frames import Deflated, Pixels, already_there

_LARGEST_HALF = 65504.0


@dataclass(frozen=True)
class Streams:
    """A picture compressed on the device, 16 lines a chunk.

    `content` [chunks, capacity] uint8; `facts` [chunks, 2] int64: a chunk's bytes, or 0 where it is
    stored as it was, and Adler's checksum of what was compressed. Each of the picture's `height`
    lines was `line_bytes`.
    """

    content: Tensor
    facts: Tensor
    height: int
    line_bytes: int

    @property
    def parts(self) -> tuple[Tensor, Tensor]:
        """What travels."""
        return self.content, self.facts


Pack = Callable[[Mapping[str, Tensor]], Mapping[str, Streams]]
"""Of stored images by their passes, those that can be compressed where they are."""


def nothing_packed(_images: Mapping[str, Tensor]) -> Mapping[str, Streams]:
    """Leave all compressing to the writers."""
    return {}


def stored(image: Tensor, file_type: str) -> Tensor:
    """`image` [C, H, W] float32 rounded to `file_type`: uint8, uint16, float16 or float32.

    Integers hold 0..1 at full range; halves are held to their largest finite value.
    """
    if file_type == "float32":
        return image
    if file_type == "float16":
        return image.clamp(-_LARGEST_HALF, _LARGEST_HALF).to(torch.float16)
    if file_type == "uint8":
        return _whole(image, 255).to(torch.uint8)
    return _whole(image, 65535).to(torch.int32)


def multiplied(colour: Tensor, matte: Tensor) -> Tensor:
    """Stored `colour` [C, H, W] times stored `matte` [1, H, W], exact and then rounded once."""
    if colour.dtype == torch.uint8:
        return _divided(colour.to(torch.int32) * matte, 8).to(torch.uint8)
    if colour.dtype == torch.int32:
        return _divided(colour.to(torch.int64) * matte, 16).to(torch.int32)
    # The product of two halves fits a float exactly.
    return (colour.to(torch.float32) * matte).to(colour.dtype)


@dataclass(frozen=True)
class Download:
    """Host arrays that may still be on their way from the device: `wait` for them, in any thread.

    They lie in page-locked memory, which torch uses again once they are let go of.
    """

    pixels: dict[str, Pixels]
    wait: Callable[[], None] = already_there
    deflated: dict[str, Deflated] = field(default_factory=dict)


Send = Callable[[Sequence[Tensor]], tuple[Sequence[Tensor], Callable[[], None]]]
"""Brings tensors to host memory: where each of them arrives, and what waits until all have."""


def to_own_memory(parts: Sequence[Tensor]) -> tuple[Sequence[Tensor], Callable[[], None]]:
    """Send tensors to memory of torch's own, page-locked; on the CPU they are there already."""
    if not any(part.is_cuda for part in parts):
        return [part.cpu() for part in parts], already_there
    rooms = [torch.empty(part.shape, dtype=part.dtype, pin_memory=True) for part in parts]
    return rooms, sent_to(rooms, parts)


def sent_to(rooms: Sequence[Tensor], parts: Sequence[Tensor]) -> Callable[[], None]:
    """Send tensors into `rooms` in host memory, and return what waits for their arrival.

    A CUDA device goes on meanwhile where that memory is page-locked.
    """
    device = next((part.device for part in parts if part.is_cuda), None)
    if device is None:
        for room, part in zip(rooms, parts, strict=True):
            room.copy_(part)
        return already_there
    stream = copy_streams(device)[1]
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        for room, part in zip(rooms, parts, strict=True):
            room.copy_(part, non_blocking=True)
            part.record_stream(stream)
        # A thread that waits for it sleeps.
        arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        arrived.record(stream)
    return arrived.synchronize


def download(images: Mapping[str, Tensor], pack: Pack, send: Send = to_own_memory) -> Download:
    """Stored images [C, H, W] as host arrays, one copy each, where `send` brings them.

    What `pack` compresses comes as that, the others as [H, W, C], contiguous. CUDA devices go on
    with what is asked of them next meanwhile.
    """
    streams = pack(images)
    laid = {name: _laid_out(image) for name, image in images.items() if name not in streams}
    parts = [*laid.values()] + [part for each in streams.values() for part in each.parts]
    rooms, wait = send(parts)
    sent = iter(rooms)
    pixels = {name: _array(next(sent)) for name in laid}
    deflated = {
        name: Deflated(_array(next(sent)), _array(next(sent)), each.height, each.line_bytes)
        for name, each in streams.items()
    }
    return Download(pixels, wait, deflated)


def _whole(image: Tensor, full: int) -> Tensor:
    return (image.clamp(0.0, 1.0) * full).round_()


def _divided(product: Tensor, bits: int) -> Tensor:
    """`product` / (2 ** bits - 1), rounded to nearest, for products of two such numbers."""
    raised = product + (1 << (bits - 1))
    return (raised + (raised >> bits)) >> bits


def _laid_out(image: Tensor) -> Tensor:
    if image.dtype == torch.int32:
        image = torch.where(image > 32767, image - 65536, image).to(torch.int16)
    return image.permute(1, 2, 0).contiguous()


def _array(image: Tensor) -> Pixels:
    pixels: Pixels = image.numpy()
    return pixels.view(np.uint16) if image.dtype == torch.int16 else pixels
