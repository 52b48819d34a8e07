"""Pictures in the type a file will hold, and the way to host memory.

Not every device knows unsigned 16-bit words: on the device they are int32, and travel as signed
words of the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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


def download(images: Mapping[str, Tensor], pack: Pack) -> Download:
    """Stored images [C, H, W] as host arrays, one copy each.

    What `pack` compresses comes as that, the others as [H, W, C], contiguous. CUDA devices go on
    with what is asked of them next meanwhile.
    """
    streams = pack(images)
    laid = {name: _laid_out(image) for name, image in images.items() if name not in streams}
    device = next((image.device for image in images.values() if image.is_cuda), None)
    if device is None:
        return Download({name: _array(image.cpu()) for name, image in laid.items()})
    parts = [*laid.values()] + [part for each in streams.values() for part in each.parts]
    sent, wait = _sent(parts, device)
    pixels = {name: _array(next(sent)) for name in laid}
    deflated = {
        name: Deflated(_array(next(sent)), _array(next(sent)), each.height, each.line_bytes)
        for name, each in streams.items()
    }
    return Download(pixels, wait, deflated)


def _sent(
    parts: Sequence[Tensor], device: torch.device
) -> tuple[Iterator[Tensor], Callable[[], None]]:
    """Tensors on their way to host memory, and what waits for all of them."""
    stream = copy_streams(device)[1]
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.cuda.stream(stream):
        sent = [part.to("cpu", non_blocking=True) for part in parts]
        # A thread that waits for it sleeps.
        arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        arrived.record(stream)
    for part in parts:
        part.record_stream(stream)
    return iter(sent), arrived.synchronize


def to_host(images: Mapping[str, Tensor]) -> dict[str, Pixels]:
    """A `download` that is there."""
    sent = download(images, nothing_packed)
    sent.wait()
    return sent.pixels


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
