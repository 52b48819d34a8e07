"""The pixels that a mask chooses, worked on at once as long as memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

# Pixels at once: a device is to be busy, a processor's cache to hold them.
MOST, MOST_ON_A_CPU = 1 << 20, 1 << 16


def chosen_pixels(mask: Tensor, *pictures: Tensor) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """Where a bool `mask` is true: places in it flattened, and the pictures' pixels there.

    [N] int64 and [C, N] of every picture [C, ...], so many pixels at a time. Asks the device once
    how many there are, and not for every picture that is looked at there.
    """
    most = MOST_ON_A_CPU if mask.device.type == "cpu" else MOST
    every = mask.flatten().nonzero()[:, 0]
    # Once: flattening copies a picture that is cut out of a larger one, or is one value expanded.
    flat = [picture.flatten(1) for picture in pictures]
    for places in torch.split(every, most):
        if len(places):
            yield places, [pixels[:, places] for pixels in flat]
