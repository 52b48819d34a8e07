"""From light to what a file holds: noise, sharpening, halved chroma, quantised blocks, few bits.

Pictures [N, 3, H, W] in their true channel order; edges are multiples of 16.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from training.dice import Dice

# BT.601, full range.
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_MIDDLE = 0.5
_LEAST_STEP = 1.0 / 255.0


def photographed(dice: Dice, scene: Tensor) -> Tensor:
    """Linear light through a camera, a codec and back, linear in 0..1; some stays as it was."""
    noisy = _noise(dice, scene)
    noisy = torch.where(dice.chance(0.3) > 0, demosaiced(noisy), noisy)
    code = linear_to_srgb(noisy.clamp(0.0, 1.0))
    code = _sharpened(dice, code)
    squeezed = _bits(dice, _compressed(dice, code).clamp(0.0, 1.0))
    untouched = dice.chance(0.16)
    return torch.where(untouched > 0, noisy.clamp_min(0.0), srgb_to_linear(squeezed))


def _noise(dice: Dice, scene: Tensor) -> Tensor:
    """Shot and read noise, in some pictures smoothed as a sensor's mosaic is, or more in blue."""
    strength = dice.uniform(0.0, 1.0) ** 1.5 * torch.where(dice.chance(0.25) > 0, 0.15, 1.0)
    white = dice.normal(*scene.shape[1:])
    grain = 1.6 * F.avg_pool2d(F.pad(white, (1, 0, 1, 0), mode="replicate"), 2, 1)
    white = torch.where(dice.chance(0.4) > 0, grain, white)
    uneven = torch.cat([torch.ones_like(strength), strength * 0 + 0.8, 1.0 + strength], dim=1)
    variance = (0.005 * strength) ** 2 + 5e-4 * strength * scene.clamp_min(0.0)
    return scene + white * uneven * variance.sqrt()


def demosaiced(scene: Tensor) -> Tensor:
    """What a sensor makes of it that sees one colour a pixel: green from the four beside it, red
    and blue by their differences from green."""
    mosaic = _mosaic(scene)
    green = _filled(scene[:, 1:2], mosaic[:, 1:2], ((0, 1, 0), (1, 4, 1), (0, 1, 0)))
    near = ((1, 2, 1), (2, 4, 2), (1, 2, 1))
    red, blue = (
        green + _filled(scene[:, at : at + 1] - green, mosaic[:, at : at + 1], near)
        for at in (0, 2)
    )
    return torch.cat([red, green, blue], dim=1).clamp_min(0.0)


def _mosaic(scene: Tensor) -> Tensor:
    """Which colour a pixel sees, [1, 3, H, W] of 0 and 1, after Bayer."""
    height, width = scene.shape[-2:]
    down = torch.arange(height, device=scene.device)[:, None] % 2
    across = torch.arange(width, device=scene.device)[None] % 2
    seen = ((down + across) == 0, (down + across) == 1, (down + across) == 2)
    return torch.stack(seen)[None].to(scene.dtype)


def _filled(values: Tensor, seen: Tensor, weights: tuple[tuple[int, ...], ...]) -> Tensor:
    """One channel's seen values, kept, and those between them weighed from what is beside."""
    kernel = torch.tensor(weights, device=values.device, dtype=values.dtype)[None, None] / 4.0
    bordered = F.pad(values * seen, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(bordered, kernel)[..., 1:-1, 1:-1]


def _sharpened(dice: Dice, code: Tensor) -> Tensor:
    around = F.avg_pool2d(F.pad(code, (1, 1, 1, 1), mode="replicate"), 3, 1)
    amount = dice.uniform(0.0, 0.8) * dice.chance(0.2)
    return (code + amount * (code - around)).clamp(0.0, 1.0)


def _compressed(dice: Dice, code: Tensor) -> Tensor:
    """4:4:4, 4:2:2 or 4:2:0, with or without quantised cosine blocks."""
    matrix = torch.tensor(_TO_YCC, device=code.device)
    planes = torch.einsum("ij,njhw->nihw", matrix, code)
    luma, chroma = planes[:, :1] - _MIDDLE, planes[:, 1:]
    kind = dice.uniform(0.0, 1.0)
    quality = dice.uniform(0.0, 1.0)
    blocks_luma = _quantised(luma, quality, 1.0)
    halved = F.avg_pool2d(chroma, 2)
    blocks_chroma = _doubled(_quantised(halved, quality, 1.7), code.shape[-2:])
    plain_half = _doubled(halved, code.shape[-2:])
    across = _doubled(F.avg_pool2d(chroma, (1, 2)), code.shape[-2:])
    chroma = torch.where(kind < 0.42, blocks_chroma, chroma)
    chroma = torch.where((kind > 0.42) & (kind < 0.5), plain_half, chroma)
    chroma = torch.where((kind > 0.5) & (kind < 0.64), across, chroma)
    luma = torch.where(kind < 0.42, blocks_luma, luma)
    back = torch.linalg.inv(matrix)
    return torch.einsum("ij,njhw->nihw", back, torch.cat([luma + _MIDDLE, chroma], dim=1))


def _doubled(plane: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(plane, size=list(size), mode="bilinear", align_corners=False)


def _quantised(plane: Tensor, quality: Tensor, coarse: float) -> Tensor:
    """8 × 8 cosine blocks rounded to steps that grow with frequency; `quality` 0 is the coarsest.

    Steps as of JPEG at qualities of about 50 to 98, and of intra-coded video.
    """
    count, channels, height, width = plane.shape
    blocks = plane.view(count, channels, height // 8, 8, width // 8, 8).permute(0, 1, 2, 4, 3, 5)
    basis = _cosines(plane.device)
    order = torch.arange(8.0, device=plane.device)
    frequency = order[:, None] + order[None]
    steps = (9.0 + 3.0 * frequency + 0.55 * frequency * frequency).clamp_max(105.0) * coarse
    scale = 0.04 * (25.0 ** (1.0 - quality))
    step = ((steps * scale[..., None, None]) / 255.0).clamp_min(_LEAST_STEP)
    kept = torch.round(basis @ blocks @ basis.T / step) * step
    decoded = basis.T @ kept @ basis
    return decoded.permute(0, 1, 2, 4, 3, 5).reshape(count, channels, height, width)


def _cosines(device: torch.device) -> Tensor:
    """The orthonormal cosine transform of eight values."""
    order = torch.arange(8.0, device=device)
    basis = 0.5 * torch.cos((2.0 * order[None] + 1.0) * order[:, None] * math.pi / 16.0)
    return torch.cat([basis[:1] * 0.5**0.5, basis[1:]])


def _bits(dice: Dice, code: Tensor) -> Tensor:
    levels = torch.where(dice.chance(0.75) > 0, 255.0, 1023.0)
    return torch.round(code * levels) / levels
