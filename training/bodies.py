"""Shapes with an edge: bodies, holes, gauze, smoke."""

from __future__ import annotations

import torch
from torch import Tensor

from training.dice import Dice
from training.frame_scale import times_as_wide
from training.noise import fractal, grid, smooth, turned


def body(dice: Dice, size: int) -> Tensor:
    """Signed distance [N, 1, size, size] in pixels, positive inside, of ellipses run together."""
    rows, columns = grid(size, dice.device)
    distance = torch.full((dice.count, 1, size, size), -float(size), device=dice.device)
    for _ in range(dice.whole(1, 4)):
        down, right = dice.uniform(-0.1, 1.1), dice.uniform(-0.1, 1.1)
        angle = dice.uniform(0.0, 3.1416)
        first, second = dice.uniform(0.06, 0.45), dice.uniform(0.06, 0.45)
        along = (columns - right) * angle.cos() + (rows - down) * angle.sin()
        across = (rows - down) * angle.cos() - (columns - right) * angle.sin()
        reach = ((along / first) ** 2 + (across / second) ** 2).sqrt()
        one = (1.0 - reach) * torch.minimum(first, second) * size
        distance = torch.maximum(distance, one)
    rough = 0.04 * size * dice.uniform(0.0, 1.0) ** 2
    return distance + rough * fractal(dice, size, dice.whole(2, 8), 4, dice.between(0.25, 0.55))


def edge(dice: Dice, distance: Tensor) -> Tensor:
    """Coverage in 0..1 of a shape, from sharp to soft."""
    larger = times_as_wide(dice, distance.shape[-1])
    softness = 0.7 * (6.0 ** (dice.uniform(0.0, 1.0) ** 2)) * larger
    return (distance / softness + 0.5).clamp(0.0, 1.0)


def haze(dice: Dice, distance: Tensor) -> Tensor:
    """Coverage in 0..1 of a shape whose edge fades away, as smoke's does."""
    reach = distance.shape[-1] * dice.uniform(0.02, 0.25)
    share = (distance / reach + 0.5).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)


def holes(dice: Dice, size: int) -> Tensor:
    """Coverage of lace, mesh or torn cloth, [N, 1, size, size]: 1 is thread."""
    along, across = turned(dice, size)
    cell = 2.0 * (20.0 ** dice.uniform(0.0, 1.0)) * times_as_wide(dice, size)
    often = 6.2832 * size / cell
    bend = dice.uniform(0.0, 1.5) * smooth(dice, size, 4)
    weave = torch.sin(often * along + bend) * torch.sin(often * across + bend)
    torn = fractal(dice, size, dice.whole(5, 20), 3)
    kind = dice.chance(0.6)
    field = (weave * kind + 0.6 * torn) * cell * 0.3
    return (field + dice.uniform(-0.1, 0.5) * cell + 0.5).clamp(0.0, 1.0)


def gauze(dice: Dice, size: int) -> Tensor:
    """Coverage of a veil, smoke or glass, [N, 1, size, size]; hardly ever opaque.

    Of some the folds lie one over the other, and some are woven of threads too fine to be seen.
    """
    clouds = fractal(dice, size, dice.whole(2, 6), 6, dice.between(0.45, 0.7))
    contrast = dice.uniform(0.2, 2.5)
    thick = torch.sigmoid(contrast * clouds + dice.uniform(-2.5, 1.5)) * dice.uniform(0.1, 0.95)
    layers = 1.0 + dice.chance(0.4) * _folds(dice, size)
    return 1.0 - (1.0 - (thick * _weave(dice, size)).clamp(0.0, 0.99)) ** layers


def _folds(dice: Dice, size: int) -> Tensor:
    """How many layers more, 0 and above: narrow ridges of a cloth that hangs."""
    along, _ = turned(dice, size)
    wave = torch.sin(6.2832 * dice.uniform(2.0, 15.0) * along + 2.0 * smooth(dice, size, 3))
    return dice.uniform(0.5, 4.0) * wave.clamp_min(0.0) ** 3


def _weave(dice: Dice, size: int) -> Tensor:
    """Threads too near each other to be told apart, about 1."""
    along, across = turned(dice, size)
    often = 6.2832 * size / dice.uniform(1.6, 3.0)
    bend = dice.uniform(0.0, 2.0) * smooth(dice, size, 4)
    weave = torch.sin(often * along + bend) + torch.sin(often * across + bend)
    return 1.0 + dice.uniform(0.0, 0.4) * dice.chance(0.35) * weave
