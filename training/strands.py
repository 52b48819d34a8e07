"""Hair, fur, grass, wires: curves drawn with the share of each pixel that they cover."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.dice import Dice
from training.noise import fractal, smooth

_POINTS = 220_000  # of a picture of 512 × 512, at most: what time allows
_STEP = 1.05  # pixels between points
_MANES = 0.45  # the share of what is long, dense and combed


@dataclass(frozen=True)
class Growth:
    """How the strands of a batch grow: how many, how long at most, and how they differ.

    Lengths in pixels; `curl`, `spread` in radians.
    """

    number: int
    length: float
    width: float
    curl: float
    spread: float


def growth(dice: Dice, size: int) -> Growth:
    """Anything from a few long hairs to dense short fur; or, as often, a mane."""
    if dice.between(0.0, 1.0) < _MANES:
        length = size * dice.between(0.08, 0.4)
        width = 0.35 * (4.0 ** dice.between(0.0, 1.0))
        number = int(_most(size, length) * dice.between(0.5, 1.0))
        return Growth(number, length, width, dice.between(0.05, 1.4), dice.between(0.02, 0.35))
    length = size * 0.02 * (20.0 ** dice.between(0.0, 1.0))
    number = int(_most(size, length) * dice.between(0.05, 1.0) ** 1.5) + 8
    width = 0.2 * (9.0 ** dice.between(0.0, 1.0))
    return Growth(number, length, width, dice.between(0.1, 2.5), dice.between(0.05, 0.9))


def _most(size: int, length: float) -> float:
    return min(_POINTS * (size / 512) ** 2 / (length / _STEP), 4000.0)


def grown(dice: Dice, distance: Tensor, base: Tensor, how: Growth) -> Tensor:
    """Strands out of the edge of a body, as a premultiplied layer [N, 4, H, W].

    `distance` [N, 1, H, W] is signed, in pixels, positive inside; `base` [N, 3, 1, 1] linear.
    """
    roots, heading = _rooted(dice, distance, how)
    count = max(8, int(how.length / _STEP))
    along = torch.linspace(0.0, 1.0, count, device=dice.device)
    angle = (
        heading[..., None]
        + _bends(dice, how) @ torch.stack([along, along * along])
        + _waves(dice, how, along)
    )
    step = how.length / count * dice.uniform(0.3, 1.0, how.number, 1)
    drift = dice.uniform(-0.8, 0.8, 1, 1) * along
    rows = roots[..., 0:1] + ((angle.sin() + drift) * step).cumsum(-1)
    columns = roots[..., 1:2] + (angle.cos() * step).cumsum(-1)
    width = how.width * dice.uniform(0.5, 1.5, how.number, 1) * (1.0 - 0.8 * along * along)
    cover = (width * step).clamp(0.0, 0.97)
    shades = _shades(dice, base, along, how) * _locks(dice, roots, distance.shape[-1])
    return splatted(rows, columns, cover, shades.clamp(0.0005, 0.97), distance.shape[-1])


def splatted(rows: Tensor, columns: Tensor, cover: Tensor, shades: Tensor, size: int) -> Tensor:
    """Points [N, S, P] as a premultiplied layer [N, 4, size, size], whatever their order.

    `cover` is how much of a pixel a point covers; `shades` [N, 3, S, P] linear. Coverages of one
    pixel are independent: what they leave free is their product.
    """
    number = rows.shape[0]
    seen = torch.zeros(number, 5, size * size, device=rows.device)
    top, left = (rows - 0.5).floor(), (columns - 0.5).floor()
    for below in (0, 1):
        for right in (0, 1):
            y, x = top + below, left + right
            share = (1.0 - (rows - 0.5 - y).abs()) * (1.0 - (columns - 0.5 - x).abs())
            inside = (y >= 0) & (y < size) & (x >= 0) & (x < size)
            part = cover * share.clamp_min(0.0) * inside
            where = (y.clamp(0, size - 1) * size + x.clamp(0, size - 1)).long()
            inked = [torch.log1p(-part)[:, None], part[:, None], part[:, None] * shades]
            amounts = torch.cat(inked, dim=1).flatten(2)
            seen.scatter_add_(2, where.flatten(1)[:, None].expand(-1, 5, -1), amounts)
    planes = seen.view(number, 5, size, size)
    alpha = 1.0 - planes[:, 0:1].exp()
    mean = planes[:, 2:5] / planes[:, 1:2].clamp_min(1e-6)
    return torch.cat([mean * alpha, alpha], dim=1)


def _rooted(dice: Dice, distance: Tensor, how: Growth) -> tuple[Tensor, Tensor]:
    """Where strands begin, [N, S, 2] rows and columns, and where they head, [N, S] radians."""
    size = distance.shape[-1]
    depth = dice.uniform(2.0, 0.05 * size)
    locks = fractal(dice, size, dice.whole(4, 14), 2)
    likely = torch.exp(-((distance / depth) ** 2) + dice.uniform(0.0, 1.6) * locks) + 1e-9
    chosen = dice.places(likely.flatten(1), how.number)
    down = F.pad(distance[:, :, 2:] - distance[:, :, :-2], (0, 0, 1, 1), mode="replicate")
    across = F.pad(distance[..., 2:] - distance[..., :-2], (1, 1, 0, 0), mode="replicate")
    outward = torch.atan2(-down, -across)
    combed = dice.uniform(-3.1416, 3.1416) + 0.6 * smooth(dice, size, 3)
    share = dice.uniform(0.0, 1.0)
    field = torch.atan2(
        torch.lerp(outward.sin(), combed.sin(), share),
        torch.lerp(outward.cos(), combed.cos(), share),
    ) + dice.uniform(0.0, 0.6) * smooth(dice, size, 12)
    heading = field.flatten(1).gather(1, chosen) + how.spread * dice.normal(how.number)
    places = torch.stack([(chosen // size).float(), (chosen % size).float()], dim=-1)
    return places + dice.uniform(0.0, 1.0, how.number, 2), heading


def _bends(dice: Dice, how: Growth) -> Tensor:
    """[N, S, 2]: how much a strand turns in all, and ever faster; locks turn alike."""
    alike = dice.normal(1, 2) * dice.uniform(0.0, 1.0, 1, 1)
    return how.curl * (0.6 * alike + 0.6 * dice.normal(how.number, 2))


def _waves(dice: Dice, how: Growth, along: Tensor) -> Tensor:
    often = dice.uniform(0.3, 4.0, 1, 1) * dice.uniform(0.7, 1.3, how.number, 1)
    phase = dice.uniform(0.0, 6.2832, how.number, 1)
    return 0.5 * how.curl * dice.normal(how.number, 1) * torch.sin(6.2832 * often * along + phase)


def _locks(dice: Dice, roots: Tensor, size: int) -> Tensor:
    """Light and shadow of locks, [N, 1, S, 1]: strands that grow beside each other share them."""
    field = (dice.uniform(0.0, 0.7) * fractal(dice, size, dice.whole(4, 24), 3)).exp().flatten(1)
    places = (roots[..., 0].floor() * size + roots[..., 1].floor()).long().clamp(0, size * size - 1)
    return field.gather(1, places)[:, None, :, None]


def _shades(dice: Dice, base: Tensor, along: Tensor, how: Growth) -> Tensor:
    """Colour of every point, [N, 3, S, P] linear: tints, and a highlight that travels."""
    tone = dice.uniform(0.5, 1.5, 1, how.number, 1)
    tint = 1.0 + 0.12 * dice.normal(3, how.number, 1)
    place = dice.uniform(0.1, 0.9, 1, how.number, 1)
    shine = 1.0 + dice.uniform(0.0, 1.5, 1, how.number, 1) * torch.exp(
        -(((along - place) / 0.12) ** 2)
    )
    return (base * tint * tone * shine).clamp(0.0005, 0.97)
