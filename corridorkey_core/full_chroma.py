"""Bring back the chroma that a plate's file halved: 4:2:2 and 4:2:0, from its luma.

Where a pixel mixes two colours its chroma is linear in its luma. So the pairs of pixels around,
whose means are known, foretell what chroma each of a pair had. A plate says itself how much of that
it lacks: chroma that was never halved has all of the detail already.
"""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.by_rows import PIXELS
from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear

_RED, _BLUE = 0.2126, 0.0722  # shares of luma, ITU-R BT.709
_FAINT = 1e-4  # variance of luma, in code values, that foretells little
# Of the foretold detail: the share of it that chroma still has, and how large what it has is beside
# it. From the first on none lacks, up to the second all does.
_KEPT, _LOST = 0.7, 0.4
_BUSY, _CALM = 1.5, 1.2
ENOUGH = 1 << 20  # pixels that tell what a plate lacks
_BAND = 32  # rows of a part of them
_BORDER = 6  # rows, an even number, that a pixel's chroma depends on around it
_ACROSS, _DOWN = -1, -2


def with_full_chroma(plate: Tensor) -> Tensor:
    """The `plate` with the chroma that its luma foretells, where its file halved it.

    [3, ..., H, W], linear Rec.709 in its true channel order; `plate` itself where nothing lacks.
    Luma stays, and so does what is outside of 0..1. N pictures at once, [3, N, H, W], are each
    answered as alone.
    """
    each = zip((_ACROSS, _DOWN), lacking(plate), strict=True)
    lack = {axis: weight for axis, weight in each if bool((weight > 0.0).any())}
    if not lack:
        return plate
    height, width = plate.shape[-2:]
    step = max(2, PIXELS // width // 2 * 2) if plate.device.type == "cpu" else height
    tops = range(0, height, step)
    return torch.cat([_completed(plate, lack, top, step) for top in tops], dim=_DOWN)


def lacking(plate: Tensor) -> Tensor:
    """How much of the foretold detail a plate lacks, [2, 2, ..., 1, 1] in 0..1.

    First across, then down; of blue's difference from luma, then of red's.
    """
    luma, chroma = _coded(_some_of(plate))
    found = []
    for axis in (_ACROSS, _DOWN):
        foretold = _foretold(luma, chroma, axis)
        lack = _lack(chroma, foretold, axis)
        found.append(lack.squeeze(-3))
        chroma = chroma + lack * foretold
    return torch.stack(found)


def _some_of(plate: Tensor) -> Tensor:
    """Bands of rows all over a plate, [3, ..., B, rows, W]."""
    height, width = plate.shape[-2:]
    if height < 2 * _BAND:
        return plate.unsqueeze(-3)
    bands = torch.unflatten(plate[..., : height // _BAND * _BAND, :], _DOWN, (-1, _BAND))
    return bands[..., :: -(-height * width // ENOUGH), :, :]


def _lack(chroma: Tensor, foretold: Tensor, axis: int) -> Tensor:
    """[2, ..., 1, 1, 1]: little where the detail there is follows the foretold one.

    Or where it is larger: grain that every channel has of its own was never halved.
    """
    there = chroma - _repeated(_pairs(chroma, axis), axis, chroma.shape[axis])
    sides = (-3, -2, -1)
    most = foretold.square().sum(sides, keepdim=True).clamp_min(1e-9)
    share = (there * foretold).sum(sides, keepdim=True) / most
    size = (there.square().sum(sides, keepdim=True) / most).sqrt()
    return _falling(share, _LOST, _KEPT) * _falling(size, _CALM, _BUSY)


def _falling(value: Tensor, low: float, high: float) -> Tensor:
    """1 up to `low`, 0 from `high` on."""
    return ((high - value) / (high - low)).clamp(0.0, 1.0)


def _completed(plate: Tensor, lack: dict[int, Tensor], top: int, rows: int) -> Tensor:
    """So many rows of a plate from `top` on, completed."""
    above = max(0, top - _BORDER)
    part = plate[..., above : top + rows + _BORDER, :]
    luma, chroma = _coded(part)
    for axis, weight in lack.items():
        chroma = chroma + weight * _foretold(luma, chroma, axis)
    here = slice(top - above, top - above + rows)
    part, luma, chroma = (each[..., here, :] for each in (part, luma, chroma))
    light = srgb_to_linear(_decoded(luma, chroma).clamp(0.0, 1.0))
    return torch.where((part < 0.0) | (part > 1.0), part, light)


def _coded(plate: Tensor) -> tuple[Tensor, Tensor]:
    """Luma [1, ..., H, W] and blue's and red's differences from it [2, ..., H, W], code values."""
    red, green, blue = linear_to_srgb(plate.clamp(0.0, 1.0))
    luma = _RED * red + (1.0 - _RED - _BLUE) * green + _BLUE * blue
    return luma[None], torch.stack([blue - luma, red - luma])


def _decoded(luma: Tensor, chroma: Tensor) -> Tensor:
    blue, red = chroma + luma
    green = (luma[0] - _RED * red - _BLUE * blue) / (1.0 - _RED - _BLUE)
    return torch.stack([red, green, blue])


def _foretold(luma: Tensor, chroma: Tensor, axis: int) -> Tensor:
    """How chroma differs from the mean of its pair along `axis`, by the luma and what is around."""
    length = luma.shape[axis]
    low, coarse = _pairs(luma, axis), _pairs(chroma, axis)
    mean = _around(low)
    spread = _around(low * low) - mean * mean
    slope = (_around(low * coarse) - mean * _around(coarse)) / (spread + _FAINT)
    return _between(slope, axis, length) * (luma - _repeated(low, axis, length))


def _pairs(image: Tensor, axis: int) -> Tensor:
    """Means of two and two along `axis`; a last one without a fellow stands alone."""
    first, second = _every(image, axis, 0), _every(image, axis, 1)
    alone = image.narrow(axis, image.shape[axis] - 1, image.shape[axis] % 2)
    paired = 0.5 * (first.narrow(axis, 0, second.shape[axis]) + second)
    return torch.cat([paired, alone], axis)


def _every(image: Tensor, axis: int, offset: int) -> Tensor:
    return image[..., offset::2] if axis == _ACROSS else image[..., offset::2, :]


def _repeated(low: Tensor, axis: int, length: int) -> Tensor:
    return low.repeat_interleave(2, axis).narrow(axis, 0, length)


def _between(low: Tensor, axis: int, length: int) -> Tensor:
    """Interpolated to twice as many along `axis`, of which `length` are wanted."""
    size = low.shape[axis]
    ends = [low.narrow(axis, 0, 1), low, low.narrow(axis, size - 1, 1)]
    wide = torch.cat(ends, axis)
    near = 0.75 * low
    both = [near + 0.25 * wide.narrow(axis, side, size) for side in (0, 2)]
    merged = torch.stack(both, low.dim() + axis + 1)
    return merged.flatten(low.dim() + axis, low.dim() + axis + 1).narrow(axis, 0, length)


def _around(image: Tensor) -> Tensor:
    """The mean of 3 × 3, edges repeated."""
    for axis in (_ACROSS, _DOWN):
        size = image.shape[axis]
        ends = [image.narrow(axis, 0, 1), image, image.narrow(axis, size - 1, 1)]
        wide = torch.cat(ends, axis)
        image = (wide.narrow(axis, 0, size) + image + wide.narrow(axis, 2, size)) / 3.0
    return image
