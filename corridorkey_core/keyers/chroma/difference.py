"""How much like a screen a colour is: the colour difference and its relatives.

Every function takes linear [3, H, W] seen as if the screen were green and gives [1, H, W].
"""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST = 65504.0  # of half float
_DARK = 1e-3  # keeps the saturation of near-black noise low


def bounded(image: Tensor) -> Tensor:
    """The image within half float's range, so that no square of a value overflows."""
    return image.clamp(-LARGEST, LARGEST)


def difference(image: Tensor) -> Tensor:
    """Green above the larger of red and blue: proportional to the amount of screen seen."""
    return image[1:2] - torch.maximum(image[0:1], image[2:3])


def key_saturation(image: Tensor) -> Tensor:
    """The difference as a share of the brightest channel, in about -1..1; level does not matter."""
    return difference(image) / (image.amax(dim=0, keepdim=True) + _DARK)


def limited(image: Tensor) -> Tensor:
    """The image with green brought down to the larger of red and blue: no screen's colour left."""
    green = torch.minimum(image[1:2], torch.maximum(image[0:1], image[2:3]))
    return torch.cat([image[0:1], green, image[2:3]])
