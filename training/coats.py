"""Hair and fur as a mass: strands that nobody could tell apart, thinning out towards their ends."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.dice import Dice
from training.layers import covered
from training.noise import fractal, grid, smooth
from training.strands import BRIGHTEST, DARKEST
from training.surfaces import near_edge, rounded

_PASSES = 5  # each doubles how far a streak goes
_SHARPENED = 0.8
_LIT_FROM_BEHIND = 0.55  # the share of coats


@dataclass(frozen=True)
class Coat:
    """What lies on a body, and what the strands that grow out of it have in common with it.

    A premultiplied `layer` [N, 4, H, W]; the signed `distance` [N, 1, H, W] from where it thins
    out, in pixels, positive inside; the `light` that falls on each place, [N, 3, H, W].
    """

    layer: Tensor
    distance: Tensor
    light: Tensor


def coat(dice: Dice, distance: Tensor, heading: Tensor, tone: Tensor) -> Coat:
    """A mass of strands of a linear `tone` [N, 3, 1, 1] all over a body, or over parts of it.

    `distance` [N, 1, H, W] is the body's, signed, in pixels, positive inside; strands lie along
    `heading` [N, 1, H, W], in radians.
    """
    size = distance.shape[-1]
    reach = size * 0.006 * (20.0 ** dice.uniform(0.0, 1.0))
    covering = torch.minimum(distance + reach * dice.uniform(0.5, 1.2), _patch(dice, size))
    strands, locks = _streaks(dice, heading)
    ragged = covering + reach * (dice.uniform(0.1, 0.7) * strands + dice.uniform(0.0, 0.4) * locks)
    softness = 0.8 + 1.6 * reach * dice.uniform(0.0, 1.0) ** 1.5
    light = _light(dice, covering, reach, locks) + _shone_through(dice, covering, reach, tone)
    shades = tone * light * (dice.uniform(0.05, 0.45) * strands).exp()
    alpha = (ragged / softness + 0.5).clamp(0.0, 1.0)
    return Coat(covered(shades.clamp(DARKEST, BRIGHTEST), alpha), covering, light)


def _patch(dice: Dice, size: int) -> Tensor:
    """Signed distance, in pixels, from where a coat ends on its body; most cover all of it."""
    field = smooth(dice, size, dice.whole(2, 6)) + dice.uniform(0.0, 2.0)
    return torch.where(dice.chance(0.4) > 0, 0.1 * size * field, torch.full_like(field, size))


def _light(dice: Dice, distance: Tensor, reach: Tensor, locks: Tensor) -> Tensor:
    """Light and shadow of locks and folds, and of the form below."""
    folds = dice.uniform(0.0, 0.7) * fractal(dice, distance.shape[-1], dice.whole(2, 16), 3)
    shadow = (dice.uniform(0.0, 0.5) * locks + folds).exp()
    return rounded(dice, distance, reach * dice.uniform(0.5, 4.0)) * shadow


def _shone_through(dice: Dice, distance: Tensor, reach: Tensor, tone: Tensor) -> Tensor:
    """What a lamp behind adds to some where they are thin, [N, 3, H, W], as a share of `tone`.

    However dark hair is, light that comes through little of it is bright, and of a fuller colour
    than what it sends back: brown hair is golden against a lamp, white hair white.
    """
    thin = near_edge(distance, reach * dice.uniform(0.3, 3.0))
    side = (dice.uniform(0.0, 1.0) + smooth(dice, distance.shape[-1], 2)).clamp(0.0, 1.5)
    hue = (tone / tone.amax(dim=1, keepdim=True)) ** dice.uniform(0.4, 2.2)
    strength = 0.85 * dice.uniform(0.0, 1.0) ** 1.4 * dice.chance(_LIT_FROM_BEHIND)
    return thin * side * strength * hue / tone


def _streaks(dice: Dice, heading: Tensor) -> tuple[Tensor, Tensor]:
    """Fields [N, 1, H, W] of unit deviation, drawn out along `heading`: strands and locks."""
    size = heading.shape[-1]
    noise = torch.cat([dice.normal(1, size, size), smooth(dice, size, size // 8)], dim=1)
    drawn = _drawn_out(noise, heading)
    strands, locks = drawn[:, :1], drawn[:, 1:]
    # Moving between pixels blurs across strands, too.
    strands = strands - _SHARPENED * F.avg_pool2d(strands, 5, 1, 2, count_include_pad=False)
    return _of_unit_deviation(strands), _of_unit_deviation(locks)


def _drawn_out(fields: Tensor, heading: Tensor) -> Tensor:
    """Fields laid over themselves, moved to either side by a half, 1, 2, 4, ... pixels."""
    size = heading.shape[-1]
    pixel = torch.stack([heading.cos(), heading.sin()], dim=-1)[:, 0] * (2.0 / size)
    down, right = grid(size, heading.device)
    places = 2.0 * torch.stack([right, down], dim=-1)[None] - 1.0  # as `grid_sample` counts
    for turn in range(_PASSES):
        off = 2.0 ** (turn - 1) * pixel
        fields = 0.5 * (_at(fields, places + off) + _at(fields, places - off))
    return fields


def _of_unit_deviation(field: Tensor) -> Tensor:
    return field / field.square().mean(dim=(-2, -1), keepdim=True).sqrt().clamp_min(1e-6)


def _at(fields: Tensor, places: Tensor) -> Tensor:
    return F.grid_sample(fields, places, padding_mode="reflection", align_corners=False)
