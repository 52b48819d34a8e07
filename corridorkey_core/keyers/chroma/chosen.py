"""The pixels that a mask chooses, worked on at once as long as memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

# Pixels at once: a device is to be busy, a processor's cache to hold them.
MOST, MOST_ON_A_CPU = 1 << 20, 1 << 16


def chosen_pixels(mask: Tensor) -> Iterator[Tensor]:
    """Places in a flattened bool `mask` where it is true, [N] int64, so many at a time.

    Asks the device once how many there are, and not for every picture that is looked at there.
    """
    most = MOST_ON_A_CPU if mask.device.type == "cpu" else MOST
    every = mask.flatten().nonzero()[:, 0]
    yield from (places for places in torch.split(every, most) if len(places))


def at(image: Tensor, places: Tensor) -> Tensor:
    """The pixels [C, N] of `image` [C, ...] at places in it flattened."""
    return image.flatten(1)[:, places]
