"""Pictures in the type a file will hold, and the way to host memory.

Not every device knows unsigned 16-bit words: on the device they are int32, and travel as signed
words of the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from corridorkey_core.frames import Pixels

_LARGEST_HALF = 65504.0


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


def to_host(images: Mapping[str, Tensor]) -> dict[str, Pixels]:
    """Stored images [C, H, W] as host arrays [H, W, C], contiguous, one copy each."""
    sent = {name: _sent(image) for name, image in images.items()}
    for device in {image.device for image in images.values() if image.is_cuda}:
        torch.cuda.synchronize(device)
    return {name: _array(image) for name, image in sent.items()}


def _whole(image: Tensor, full: int) -> Tensor:
    return (image.clamp(0.0, 1.0) * full).round_()


def _divided(product: Tensor, bits: int) -> Tensor:
    """`product` / (2 ** bits - 1), rounded to nearest, for products of two such numbers."""
    raised = product + (1 << (bits - 1))
    return (raised + (raised >> bits)) >> bits


def _sent(image: Tensor) -> Tensor:
    if image.dtype == torch.int32:
        image = torch.where(image > 32767, image - 65536, image).to(torch.int16)
    # CUDA devices copy to pinned memory meanwhile; others would not say when they are done.
    return image.permute(1, 2, 0).contiguous().to("cpu", non_blocking=image.is_cuda)


def _array(image: Tensor) -> Pixels:
    pixels: Pixels = image.numpy()
    return pixels.view(np.uint16) if image.dtype == torch.int16 else pixels
