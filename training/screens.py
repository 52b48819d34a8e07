"""What is behind the subject: screens of every hue and exposure, lit as they are in studios."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from training.dice import Dice
from training.frame_scale import frame_scale
from training.markers import marked
from training.noise import averaged, fractal, grid, smooth, turned
from training.surfaces import colour, surface

_CREASES = 5


@dataclass(frozen=True)
class Screen:
    """`picture` [N, 3, H, W] linear, as if green; its mean `hue` [N, 3, 1, 1], largest channel 1.

    `studio` [N, 1, H, W] is 1 where the screen ends and other things begin.
    """

    picture: Tensor
    hue: Tensor
    studio: Tensor


def screen(dice: Dice, alpha: Tensor, rough: Tensor, pictures: Tensor | None = None) -> Screen:
    """A screen behind a matte [N, 1, H, W], whose shadow may fall on it.

    `rough` [N, 1, 1, 1] is how much of its flaws show, 0 none and 1 all of them;
    `pictures` as `surface` has them.
    """
    size = alpha.shape[-1]
    paint = _paint(dice)
    cloth = _folds(dice, size) * _creases(dice, size)
    light = _light(dice, size) * cloth * _shadow(dice, alpha)
    drift = 1.0 + 0.04 * dice.uniform(0.0, 1.0) * smooth(dice, size, 2, channels=3)
    lit = _touched_up(dice, paint * light.clamp(0.12, 2.5) * drift)
    lit = _taped(dice, _seamed(dice, marked(dice, lit, paint), size))
    lit = torch.lerp(paint.expand_as(lit), lit, rough)
    beyond = _beyond(dice, alpha)
    studio = surface(dice, size, colour(dice, 0.0), pictures)
    shown = torch.lerp(lit, studio, beyond)
    return Screen(shown.clamp(0.0008, 0.98), paint / paint.amax(dim=1, keepdim=True), beyond)


def _paint(dice: Dice) -> Tensor:
    """Linear colours [N, 3, 1, 1] whose green is above red and blue, by little or much."""
    red, blue = dice.uniform(0.01, 0.62), dice.uniform(0.02, 0.55)
    usual = dice.chance(0.75)
    red = torch.where(usual > 0, red * 0.6, red)
    stands_out = torch.where(usual > 0, dice.uniform(0.22, 0.55), dice.uniform(0.1, 0.3))
    green = torch.maximum(red, blue) + stands_out
    code = torch.cat([red, green, blue], dim=1) * dice.uniform(0.55, 1.1)
    return srgb_to_linear(code.clamp(0.004, 0.97))


def _light(dice: Dice, size: int) -> Tensor:
    along, across = turned(dice, size)
    uneven = torch.where(dice.chance(0.35) > 0, 0.15, 1.0)
    fall = 1.0 + uneven * dice.uniform(0.0, 0.9) * along
    vignette = 1.0 - uneven * dice.uniform(0.0, 0.6) * (along * along + across * across)
    return fall * vignette * (1.0 + dice.uniform(0.0, 0.08) * fractal(dice, size, 3, 2))


def _folds(dice: Dice, size: int) -> Tensor:
    along, _ = turned(dice, size)
    wave = torch.sin(6.2832 * (dice.uniform(1.0, 12.0) * along + 0.5 * smooth(dice, size, 3)))
    where = (smooth(dice, size, 2) + 0.4).clamp(0.0, 1.0)
    return 1.0 + dice.uniform(0.0, 0.14) * dice.chance(0.5) * wave * where


def _creases(dice: Dice, size: int) -> Tensor:
    """A few narrow ridges of hung cloth, lit on one side and dark on the other; of some."""
    total = torch.zeros(dice.count, 1, size, size, device=dice.device)
    bend = 0.01 * smooth(dice, size, 3)
    for _ in range(_CREASES):
        along, across = turned(dice, size)
        off = (across + bend - dice.uniform(-0.6, 0.6)) / dice.uniform(0.003, 0.03)
        ends = torch.exp(-(((along - dice.uniform(-0.5, 0.5)) / dice.uniform(0.1, 0.5)) ** 2))
        total = total + dice.normal(1, 1, 1) * ends * off * torch.exp(0.5 - 0.5 * off * off)
    return 1.0 + dice.uniform(0.0, 0.2) * dice.chance(0.5) * total.clamp(-1.5, 1.5)


def _shadow(dice: Dice, alpha: Tensor) -> Tensor:
    reach, far = alpha.shape[-1] // 12, alpha.shape[-1] // 8
    by = (dice.whole(-far, far), dice.whole(-far, far))
    moved = torch.roll(averaged(alpha, reach), by, (-2, -1))
    return 1.0 - dice.uniform(0.0, 0.5) * dice.chance(0.35) * moved


def _touched_up(dice: Dice, lit: Tensor) -> Tensor:
    """Places of some that are worn, soiled or painted again, not quite alike."""
    size = lit.shape[-1]
    field = fractal(dice, size, dice.whole(2, 8), 3) - dice.uniform(0.6, 2.0)
    cover = (field / dice.uniform(0.02, 1.0)).clamp(0.0, 1.0) * dice.chance(0.3)
    tone = 2.0 ** dice.uniform(-0.5, 0.5) * (1.0 + 0.05 * dice.normal(3, 1, 1))
    return torch.lerp(lit, lit * tone, cover)


def _seamed(dice: Dice, lit: Tensor, size: int) -> Tensor:
    """A line between two lots of cloth, dyed not quite alike; of some."""
    along, _ = turned(dice, size)
    place = along - dice.uniform(-0.4, 0.4)
    line = torch.exp(-((place * size / (dice.uniform(0.7, 3.0) * frame_scale(size))) ** 2))
    lot = dice.uniform(-0.12, 0.12) + 0.03 * dice.normal(3, 1, 1)
    seam = (1.0 + lot * (place > 0)) * (1.0 - dice.uniform(-0.2, 0.45) * line)
    return lit * torch.where(dice.chance(0.4) > 0, seam, torch.ones_like(seam))


def _taped(dice: Dice, lit: Tensor) -> Tensor:
    """A strip of tape over some, of nearly the screen's colour: the joint of two cloths."""
    size = lit.shape[-1]
    along, across = turned(dice, size)
    along, across = along - dice.uniform(-0.5, 0.5), across - dice.uniform(-0.5, 0.5)
    off = torch.maximum(
        along.abs() - dice.uniform(0.002, 0.015), across.abs() - dice.uniform(0.03, 0.6)
    )
    soft = dice.uniform(1.0, 3.0) * frame_scale(size)
    cover = (0.5 - off * size / soft).clamp(0.0, 1.0) * dice.chance(0.25)
    tone = 2.0 ** dice.uniform(-0.8, 0.5) * (1.0 + dice.uniform(-0.1, 0.1, 3, 1, 1))
    return torch.lerp(lit, lit * tone, cover)


def _beyond(dice: Dice, alpha: Tensor) -> Tensor:
    """Where the screen has ended: beyond a line at the frame's border that leaves the subject."""
    rows, columns = grid(alpha.shape[-1], alpha.device)
    sides = torch.stack([rows, 1.0 - rows, columns, 1.0 - columns])
    side = sides[dice.whole(0, 3)]
    covered = torch.where(alpha > 0.01, side, torch.ones_like(side)).amin(dim=(-2, -1))
    line = torch.minimum(dice.uniform(0.0, 0.3), covered[..., None, None] - 0.04)
    away = ((line - side) * alpha.shape[-1] / 1.5 + 0.5).clamp(0.0, 1.0)
    return away * dice.chance(0.12) * (line > 0.0)
