"""Bring back the chroma that a plate's file halved: 4:2:2 and 4:2:0, from its luma.

Where a pixel mixes two colours its chroma is linear in its luma. So the samples around, which are
known, foretell what chroma each pixel had. A plate says itself how much of that it lacks, and where
its samples lie: chroma that was never halved has all of the detail already.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.by_rows import PIXELS
from corridorkey_core.chroma_siting import (
    ACROSS,
    AMID,
    DOWN,
    LEFT,
    Foretold,
    Samples,
    Siting,
    foretold,
)
from corridorkey_core.colour.srgb import linear_to_srgb, srgb_to_linear
from corridorkey_core.luminance import REC709
from corridorkey_core.rises import ramp

_RED, _GREEN, _BLUE = map(float, REC709)  # shares of luma
# Of the foretold detail: the share of it that chroma still has, and how large what it has is beside
# it. From the first on none lacks, up to the second all does.
_KEPT, _LOST = 0.7, 0.4
_BUSY, _CALM = 1.5, 1.2
# Samples lie on the left pixel where luma so explains a share of chroma's variance that tells, and
# more than were they amid two. Between the limits they are taken to be both, so that none flips.
_TELLING = (0.43, 0.47)
_MORE = (1.0, 1.02)
ENOUGH = 1 << 19  # pixels that tell what a plate lacks
_BAND = 32  # rows of a part of them
_BORDER = 6  # rows, an even number, that a pixel's chroma depends on around it


@dataclass(frozen=True)
class Lack:
    """How much of what is foretold along an axis, by a siting, a plate lacks.

    `share` [2, ..., 1, 1] in 0..1, of blue's difference from luma and of red's.
    """

    axis: int
    siting: Siting
    share: Tensor


def with_full_chroma(plate: Tensor) -> Tensor:
    """The `plate` with the chroma that its luma foretells, where its file halved it.

    [3, ..., H, W], linear Rec.709 in its true channel order; `plate` itself where nothing lacks.
    Luma stays, and so does what is outside of 0..1. N pictures at once, [3, N, H, W], are each
    answered as alone.
    """
    lacks = [each for each in lacking(plate) if bool((each.share > 0.0).any())]
    if not lacks:
        return plate
    height, width = plate.shape[-2:]
    step = max(2, PIXELS // width // 2 * 2) if plate.device.type == "cpu" else height
    tops = range(0, height, step)
    return torch.cat([_completed(plate, lacks, top, step) for top in tops], dim=DOWN)


def lacking(plate: Tensor) -> list[Lack]:
    """What a plate lacks: across, of samples amid two pixels and on the left one; then down."""
    luma, chroma = _coded(_some_of(plate))
    pairs, firsts = (Samples.of(luma, chroma, ACROSS, siting) for siting in (AMID, LEFT))
    amid, left = foretold(luma, pairs, ACROSS, AMID), foretold(luma, firsts, ACROSS, LEFT)
    on_left, of_pairs = _on_left(pairs, firsts), _lack(chroma, amid)
    first, second = of_pairs * (1.0 - on_left), of_pairs.maximum(_lack(chroma, left)) * on_left
    across = first * _wanted(chroma, amid, AMID) + second * _wanted(chroma, left, LEFT)
    chroma = chroma + across
    down = Samples.of(luma, chroma, DOWN, AMID)
    third = _lack(chroma, foretold(luma, down, DOWN, AMID))
    steps = ((ACROSS, AMID, first), (ACROSS, LEFT, second), (DOWN, AMID, third))
    return [Lack(axis, siting, share.squeeze(-3)) for axis, siting, share in steps]


def _on_left(amid: Samples, left: Samples) -> Tensor:
    """How surely samples lie on the left one of two pixels, [1, ..., 1, 1, 1] in 0..1."""
    told = left.explained
    more = told / amid.explained.clamp_min(1e-9)
    return ramp(told, *_TELLING) * ramp(more, *_MORE)


def _some_of(plate: Tensor) -> Tensor:
    """Bands of rows all over a plate, [3, ..., B, rows, W]."""
    height, width = plate.shape[-2:]
    if height < 2 * _BAND:
        return plate.unsqueeze(-3)
    bands = torch.unflatten(plate[..., : height // _BAND * _BAND, :], DOWN, (-1, _BAND))
    return bands[..., :: -(-height * width // ENOUGH), :, :]


def _lack(chroma: Tensor, found: Foretold) -> Tensor:
    """[2, ..., 1, 1, 1]: little where the detail there is follows the foretold one.

    Or where it is larger: grain that every channel has of its own was never halved.
    """
    there, sides = chroma - found.spread, (-3, -2, -1)
    most = found.detail.square().sum(sides, keepdim=True).clamp_min(1e-9)
    share = (there * found.detail).sum(sides, keepdim=True) / most
    size = (there.square().sum(sides, keepdim=True) / most).sqrt()
    return ramp(share, _KEPT, _LOST) * ramp(size, _BUSY, _CALM)


def _completed(plate: Tensor, lacks: list[Lack], top: int, rows: int) -> Tensor:
    """So many rows of a plate from `top` on, completed."""
    above = max(0, top - _BORDER)
    part = plate[..., above : top + rows + _BORDER, :]
    luma, chroma = _coded(part)
    for axis in (ACROSS, DOWN):
        chroma = sum((_added(luma, chroma, each) for each in lacks if each.axis == axis), chroma)
    here = slice(top - above, top - above + rows)
    part, luma, chroma = (each[..., here, :] for each in (part, luma, chroma))
    light = srgb_to_linear(_decoded(luma, chroma).clamp(0.0, 1.0))
    return torch.where((part < 0.0) | (part > 1.0), part, light)


def _added(luma: Tensor, chroma: Tensor, lack: Lack) -> Tensor:
    samples = Samples.of(luma, chroma, lack.axis, lack.siting)
    found = foretold(luma, samples, lack.axis, lack.siting)
    return lack.share * _wanted(chroma, found, lack.siting)


def _wanted(chroma: Tensor, found: Foretold, siting: Siting) -> Tensor:
    """What is to be added. With samples on the left one the pixels between show guesses of them."""
    return found.detail if siting is AMID else found.spread + found.detail - chroma


def _coded(plate: Tensor) -> tuple[Tensor, Tensor]:
    """Luma [1, ..., H, W] and blue's and red's differences from it [2, ..., H, W], code values."""
    red, green, blue = linear_to_srgb(plate.clamp(0.0, 1.0))
    luma = _RED * red + _GREEN * green + _BLUE * blue
    return luma[None], torch.stack([blue - luma, red - luma])


def _decoded(luma: Tensor, chroma: Tensor) -> Tensor:
    blue, red = chroma + luma
    green = (luma[0] - _RED * red - _BLUE * blue) / _GREEN
    return torch.stack([red, green, blue])
