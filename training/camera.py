"""From light to what a file holds: noise, sharpening, halved chroma, quantised blocks, few bits.

Pictures [N, 3, H, W] in their true channel order; edges are multiples of 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from training.dice import Dice

# Red's and blue's share of luma, full range: BT.601 and BT.709.
_SHARES = ((0.299, 0.114), (0.2126, 0.0722))
_MIDDLE = 0.5
_LEAST_STEP = 1.0 / 255.0


def photographed(dice: Dice, scene: Tensor, rough: Tensor) -> Tensor:
    """Linear light through a camera, a codec and back, linear in 0..1; some stays as it was.

    `rough` [N, 1, 1, 1] is how much of the noise and of the codec's loss there is, 0 to 1.
    """
    noisy = _noise(dice, scene, rough)
    noisy = torch.where(dice.chance(0.3) > 0, demosaiced(noisy), noisy)
    code = linear_to_srgb(noisy.clamp(0.0, 1.0))
    code = torch.lerp(code, _compressed(dice, _sharpened(dice, code)), rough)
    untouched = dice.chance(0.16)
    squeezed = _bits(dice, code.clamp(0.0, 1.0))
    return torch.where(untouched > 0, noisy.clamp_min(0.0), srgb_to_linear(squeezed))


def _noise(dice: Dice, scene: Tensor, rough: Tensor) -> Tensor:
    """Shot and read noise, in some pictures smoothed as a sensor's mosaic is, or more in blue."""
    least = torch.where(dice.chance(0.25) > 0, 0.15, 1.0)
    strength = rough * least * dice.uniform(0.0, 1.0) ** 1.5
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
    """4:4:4, 4:2:2 or 4:2:0, with or without quantised cosine blocks, of 8 bits or 10."""
    older, newer = (_to_luma(*each, dice.device) for each in _SHARES)
    matrix = torch.where(dice.chance(0.5) > 0, older, newer)[:, 0]
    planes = torch.einsum("nij,njhw->nihw", matrix, code)
    blocks, quality = dice.chance(0.55) > 0, dice.uniform(0.0, 1.0)

    def kept(plane: Tensor, coarse: float) -> Tensor:
        return torch.where(blocks, _quantised(plane, quality, coarse), plane)

    chroma = subsampled(dice, planes[:, 1:], lambda plane: kept(plane, 1.7))
    coded = torch.cat([kept(planes[:, :1] - _MIDDLE, 1.0) + _MIDDLE, chroma], dim=1)
    whole = _rounded(coded, _few_levels(dice))
    return torch.einsum("nij,njhw->nihw", torch.linalg.inv(matrix), whole)


def _to_luma(red: float, blue: float, device: torch.device) -> Tensor:
    """[1, 1, 3, 3]: luma, and blue's and red's difference from it in -0.5..0.5."""
    luma = torch.tensor((red, 1.0 - red - blue, blue))
    differences = [
        (torch.eye(3)[at] - luma) / (2.0 - 2.0 * share) for at, share in ((2, blue), (0, red))
    ]
    return torch.stack([luma, *differences])[None, None].to(device)


def subsampled(dice: Dice, chroma: Tensor, coded: Callable[[Tensor], Tensor]) -> Tensor:
    """Chroma at its own size, or halved across, or both ways, `coded`, and doubled again.

    Between the samples some players repeat them, others interpolate; samples lie amid two pixels
    or, across, on the left of them.
    """
    left, repeated, row_repeated = (dice.chance(each) > 0 for each in (0.4, 0.5, 0.3))
    across = torch.where(left, _halved_on_left(chroma), F.avg_pool2d(chroma, (1, 2)))
    wide = coded(across)
    both = coded(F.avg_pool2d(across, (2, 1)))
    between = _doubled(both, (2, 1), "bilinear")
    tall = torch.where(row_repeated, _doubled(both, (2, 1), "nearest"), between)
    kind = dice.uniform(0.0, 1.0)
    halved = torch.where(kind < 0.65, tall, wide)
    amid = torch.where(left, _doubled_on_left(halved), _doubled(halved, (1, 2), "bilinear"))
    again = torch.where(repeated, _doubled(halved, (1, 2), "nearest"), amid)
    return torch.where(kind < 0.3, coded(chroma), again)


def _halved_on_left(plane: Tensor) -> Tensor:
    padded = F.pad(plane, (1, 0, 0, 0), mode="replicate")
    return 0.5 * padded[..., 1::2] + 0.25 * (padded[..., :-1:2] + padded[..., 2::2])


def _doubled_on_left(plane: Tensor) -> Tensor:
    after = torch.cat([plane[..., 1:], plane[..., -1:]], dim=-1)
    return torch.stack([plane, 0.5 * (plane + after)], dim=-1).flatten(-2)


def _doubled(plane: Tensor, by: tuple[int, int], mode: str) -> Tensor:
    down, across = (float(each) for each in by)
    return F.interpolate(plane, scale_factor=(down, across), mode=mode)


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
    few = _few_levels(dice)
    return _rounded(code, torch.where(dice.chance(0.75) > 0, few, 65535.0))


def _few_levels(dice: Dice) -> Tensor:
    """The highest code value of 8 bits or of 10, [N, 1, 1, 1]."""
    return torch.where(dice.chance(0.6) > 0, 255.0, 1023.0)


def _rounded(code: Tensor, levels: Tensor) -> Tensor:
    return torch.round(code * levels) / levels
