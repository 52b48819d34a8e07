"""Take the screen's reflected light out of a foreground's colour."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from corridorkey_core.screen import Screen

Limit = Callable[[Tensor, Tensor], Tensor]


def _average(red: Tensor, other: Tensor) -> Tensor:
    return (red + other) * 0.5


def _double_average(red: Tensor, other: Tensor) -> Tensor:
    return (red + red + other) / 3.0


LIMITS: dict[str, Limit] = {
    "limit": torch.maximum,
    "average": _average,
    "double_average": _double_average,
}


def despill(image: Tensor, screen: Screen, mode: str, strength: float) -> Tensor:
    """Lower the screen's channel of `image` [3, H, W], linear Rec.709, to what the others allow.

    The channel may not exceed a limit made of red and the remaining channel (blue for a green
    screen, green for a blue one): the larger of them (`limit`), their mean (`average`), or twice
    red and once the other over three (`double_average`). `strength` 0..1 is how much of the excess
    is removed. The channel is never raised, nor taken below 0; the others are not touched.
    """
    if mode == "off" or strength == 0.0:
        return image
    channel = screen.channel
    allowed = LIMITS[mode](image[0], image[3 - channel]).clamp_min(0.0)
    cleaned = image.clone()
    limited = torch.minimum(image[channel], allowed)
    cleaned[channel] = torch.lerp(image[channel], limited, strength)
    return cleaned
