"""The sRGB transfer curve, piecewise (IEC 61966-2-1), on the device of its picture."""

from __future__ import annotations

import torch
from torch import Tensor


def srgb_to_linear(encoded: Tensor) -> Tensor:
    """sRGB-encoded values as light; odd below 0, continued above 1. Any shape, float32."""
    size = encoded.abs()
    light = torch.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    return torch.copysign(light, encoded)


def linear_to_srgb(light: Tensor) -> Tensor:
    """The inverse of `srgb_to_linear`."""
    size = light.abs()
    encoded = torch.where(
        size <= 0.0031308, size * 12.92, 1.055 * size.clamp_min(1e-8) ** (1 / 2.4) - 0.055
    )
    return torch.copysign(encoded, light)
