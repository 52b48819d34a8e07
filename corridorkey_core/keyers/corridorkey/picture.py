"""Between linear plates of any size and the square the network sees.

The whole plate is squashed to the square, as it was in training.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.keyers.corridorkey.fast import answered_at_once
from corridorkey_core.keyers.keyer import Prediction

# Of ImageNet's pictures, sRGB-encoded: what the encoder was trained with.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


def network_input(plate: Tensor, hint: Tensor, size: int) -> Tensor:
    """What the network sees [1, 4, size, size], float32: normalised sRGB, then the hint in 0..1.

    `plate` [3, H, W] is linear Rec.709, any range; it is resized in linear light and then clamped
    to 0..1. `hint` [1, H, W] in 0..1.
    """
    light = _resized(plate, (size, size), "bilinear").clamp_(0.0, 1.0)
    mean, deviation = (_column(values, plate) for values in (_MEAN, _DEVIATION))
    picture = (linear_to_srgb(light) - mean) / deviation
    guide = _resized(hint, (size, size), "bilinear").clamp_(0.0, 1.0)
    return torch.cat([picture, guide])[None]


def prediction(logits: Tensor, size: tuple[int, int]) -> Prediction:
    """The network's logits [1, 4, S, S] as a prediction at a plate's size (height, width)."""
    at_once = answered_at_once(logits, size)
    if at_once is not None:
        return Prediction(at_once[:1], at_once[1:])
    values = logits[0].sigmoid()
    linear = torch.cat([values[:1], srgb_to_linear(values[1:])])
    # Bicubic overshoots beside edges; nothing is below 0 or above 1 before it.
    full = _resized(linear, size, "bicubic").clamp_(0.0, 1.0)
    return Prediction(full[:1], full[1:])


def _resized(image: Tensor, size: tuple[int, int], mode: str) -> Tensor:
    """[C, H, W] at another size, antialiased where it shrinks; always a new tensor."""
    if image.device.type == "mps":
        # Not every torch antialiases on MPS.
        return _resized(image.cpu(), size, mode).to(image.device)
    return F.interpolate(image[None], size, mode=mode, antialias=True, align_corners=False)[0]


def _column(values: tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None, None]
