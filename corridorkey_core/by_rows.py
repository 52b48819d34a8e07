"""A pixelwise step some rows at a time, so that what it holds on the way stays in a CPU's cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

PIXELS = 360_000
"""Of a part on a CPU: so few that an allocator keeps what they are worked on in, too.

glibc's returns blocks of 32 MiB.
"""


def by_rows(work: Callable[..., Tensor], *pictures: Tensor) -> Tensor:
    """What pixelwise `work` makes of `pictures` [C, H, W], which it takes in order.

    On a CPU in parts, elsewhere at once: a device is to be busy.
    """
    height, width = pictures[0].shape[-2:]
    step = max(1, PIXELS // width)
    if pictures[0].device.type != "cpu" or step >= height:
        return work(*pictures)
    parts = (slice(top, top + step) for top in range(0, height, step))
    return torch.cat([work(*(each[:, rows] for each in pictures)) for rows in parts], dim=1)
