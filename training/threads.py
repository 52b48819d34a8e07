"""Nets, ropes, twigs, straws, wires: thin things that are solid, lit and round."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from training.bodies import body, edge
from training.dice import Dice
from training.frame_scale import times_as_wide
from training.layers import covered, over
from training.noise import fractal, smooth, turned
from training.surfaces import colour, hair_colour

_LINES = 512  # kinds of lines, used in turn


@dataclass(frozen=True)
class _Line:
    """Pixels by the line nearest to them: the `off`set from its middle and its `width`, in pixels.

    `kept` is whether there is one, 0 or 1; `tone` its brightness; all [N, 1, H, W].
    """

    off: Tensor
    width: Tensor
    kept: Tensor
    tone: Tensor


def threads(dice: Dice, size: int) -> Tensor:
    """A premultiplied layer [N, 4, size, size] of lines side by side, of some crossed by others."""
    tone = torch.where(dice.chance(0.6) > 0, hair_colour(dice), colour(dice, 0.03))
    base = srgb_to_linear(tone.clamp(0.01, 0.97))
    along, across = (size * each for each in turned(dice, size))
    bend = dice.uniform(0.0, 0.06) * size * smooth(dice, size, 3)
    larger = times_as_wide(dice, size)
    cell = 2.5 * (25.0 ** dice.uniform(0.0, 1.0)) * larger
    width = 0.5 * (12.0 ** dice.uniform(0.0, 1.0)) * larger
    dense = torch.where(dice.chance(0.5) > 0, 1.0, dice.uniform(0.1, 0.8))
    first = _drawn(dice, _line(dice, across + bend, cell, width, dense), along, base)
    other = along + dice.uniform(-0.6, 0.6) * across - bend
    second = _drawn(dice, _line(dice, other, cell, width, dense), across, base)
    layer = over(first, second * dice.chance(0.6))
    where = torch.where(dice.chance(0.5) > 0, edge(dice, body(dice, size)), 1.0)
    alpha = layer[:, 3:]
    lit = torch.minimum(layer[:, :3] * _light(dice, size), 0.97 * alpha)
    return torch.cat([lit, alpha], dim=1) * where


def _light(dice: Dice, size: int) -> Tensor:
    """Light and dirt along the lines, [N, 3, H, W]: a dark piece is no less solid."""
    broad = dice.uniform(0.0, 0.5) * smooth(dice, size, 2)
    pieces = dice.uniform(0.0, 0.7) * dice.chance(0.6) * fractal(dice, size, dice.whole(8, 40), 2)
    tint = dice.uniform(0.0, 0.12) * smooth(dice, size, dice.whole(4, 30), channels=3)
    return (broad + pieces + tint).exp()


def _line(dice: Dice, across: Tensor, cell: Tensor, width: Tensor, dense: Tensor) -> _Line:
    """Lines a `cell` apart, or about so, of which a share is there."""
    index = (across / cell).floor()
    order = index.long().remainder(_LINES).flatten(1)
    kinds = dice.uniform(0.0, 1.0, 4, _LINES)
    place, thick, chosen, tone = (kinds[:, at].gather(1, order).view_as(across) for at in range(4))
    own = torch.minimum(width * (0.6 + 0.8 * thick), 0.7 * cell)
    free = (0.5 * (cell - own) - 0.5).clamp_min(0.0) * dice.uniform(0.0, 1.0)
    off = across - (index + 0.5) * cell - (2.0 * place - 1.0) * free
    return _Line(off, own, (chosen < dense).float(), 0.5 + tone)


def _drawn(dice: Dice, line: _Line, along: Tensor, base: Tensor) -> Tensor:
    """The lines with their shares of every pixel, round, lit from a side, and some twisted."""
    reached = 0.5 * line.width + 0.5 - line.off.abs()
    cover = torch.minimum(reached, line.width).clamp(0.0, 1.0) * line.kept
    side = (2.0 * line.off / line.width).clamp(-1.0, 1.0)
    round_ = 1.0 - dice.uniform(0.0, 0.6) * side * side + dice.uniform(-0.6, 0.6) * side
    turn = 6.2832 * (along / dice.uniform(3.0, 25.0) + 0.4 * side)
    twist = 1.0 + dice.uniform(0.0, 0.5) * dice.chance(0.4) * torch.sin(turn)
    shade = base * line.tone * (round_ * twist).clamp_min(0.1)
    return covered(shade.clamp(0.001, 0.97), cover)
