"""Hair, fur, grass, wires: curves drawn with the share of each pixel that they cover."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.dice import Dice
from training.noise import fractal, smooth

DARKEST, BRIGHTEST = 0.0005, 0.97  # a strand, linear
_POINTS = 220_000  # of a picture of 512 × 512, at most: what time allows
_STEP = 1.05  # pixels between points
_WIDEST = 2.0  # pixels: wider ones would take more taps
_WIDER = 1.5  # times the width of a growth, that the widest of its strands has
_MOST = 0.9995  # of a pixel, that a point covers
_MANES = 0.6  # the share of what is long, dense and combed


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


def combed(dice: Dice, distance: Tensor) -> Tensor:
    """Where strands head, [N, 1, H, W] radians: out of a body, to one side, or between.

    `distance` [N, 1, H, W] is signed, in pixels, positive inside.
    """
    size = distance.shape[-1]
    down = F.pad(distance[:, :, 2:] - distance[:, :, :-2], (0, 0, 1, 1), mode="replicate")
    across = F.pad(distance[..., 2:] - distance[..., :-2], (1, 1, 0, 0), mode="replicate")
    outward = torch.atan2(-down, -across)
    aside = dice.uniform(-3.1416, 3.1416) + 0.6 * smooth(dice, size, 3)
    share = dice.uniform(0.0, 1.0)
    between = torch.atan2(
        torch.lerp(outward.sin(), aside.sin(), share), torch.lerp(outward.cos(), aside.cos(), share)
    )
    return between + dice.uniform(0.0, 0.6) * smooth(dice, size, 12)


def locked(dice: Dice, size: int) -> Tensor:
    """Light and shadow of locks, [N, 1, size, size], about 1."""
    return (dice.uniform(0.0, 0.7) * fractal(dice, size, dice.whole(4, 24), 3)).exp()


def grown(
    dice: Dice, distance: Tensor, heading: Tensor, light: Tensor, base: Tensor, how: Growth
) -> Tensor:
    """Strands out of the edge of a body, as a premultiplied layer [N, 4, H, W].

    `distance` [N, 1, H, W] is signed, in pixels, positive inside; strands head as `heading`
    [N, 1, H, W] says where they grow, in radians, and are all along as light as `light`
    [N, 1 or 3, H, W] is where they pass; `base` [N, 3, 1, 1] linear.
    """
    roots, heading = _rooted(dice, distance, heading, how)
    count = max(8, int(how.length / _STEP))
    along = torch.linspace(0.0, 1.0, count, device=dice.device)
    angle = (
        heading[..., None]
        + _bends(dice, how) @ torch.stack([along, along * along])
        + _waves(dice, how, along)
    )
    step = how.length / count * dice.uniform(0.3, 1.0, how.number, 1)
    down, across = angle.sin() + dice.uniform(-0.8, 0.8, 1, 1) * along, angle.cos()
    stretched = step / (down * down + across * across).sqrt().clamp_min(0.2)
    rows = roots[..., 0:1] + (down * stretched).cumsum(-1)
    columns = roots[..., 1:2] + (across * stretched).cumsum(-1)
    width = how.width * dice.uniform(0.5, _WIDER, how.number, 1) * (1.0 - 0.8 * along * along)
    shades = _shades(dice, base, along, how) * _passed(light, rows, columns)
    points = Points(rows, columns, width.clamp_max(_WIDEST), step.expand_as(width))
    taps = 2 if _WIDER * how.width <= _STEP else 3
    return splatted(points, shades.clamp(DARKEST, BRIGHTEST), distance.shape[-1], taps)


@dataclass(frozen=True)
class Points:
    """Points along strands, each [N, S, P]: where, how wide the strand is there, how far the next.

    In pixels; `width` up to 2.
    """

    rows: Tensor
    columns: Tensor
    width: Tensor
    step: Tensor


def splatted(points: Points, shades: Tensor, size: int, taps: int = 3) -> Tensor:
    """Strands as a premultiplied layer [N, 4, size, size], whatever their order.

    A point is a square as wide as its strand; squares that overlap along a strand count as one.
    Coverages of strands in one pixel are independent: what they leave free is their product.
    `shades` [N, 3, S, P] linear. Two `taps` a side are enough for strands no wider than a pixel.
    """
    number = points.rows.shape[0]
    seen = torch.zeros(number, 5, size * size, device=points.rows.device)
    side = torch.maximum(points.width, points.step)
    thin, shared = (points.width / points.step).clamp_max(1.0), points.step / side
    top, left = ((each - 0.5 * (taps - 1)).floor() for each in (points.rows, points.columns))
    for below in range(taps):
        down = _overlap(side, points.rows - 0.5 - (top + below))
        for right in range(taps):
            y, x = top + below, left + right
            inside = (y >= 0) & (y < size) & (x >= 0) & (x < size)
            part = thin * down * _overlap(side, points.columns - 0.5 - x) * inside
            where = (y.clamp(0, size - 1) * size + x.clamp(0, size - 1)).long()
            ink = (shared * part)[:, None]
            free = shared * torch.log1p(-part.clamp_max(_MOST))
            amounts = torch.cat([free[:, None], ink, ink * shades], dim=1).flatten(2)
            seen.scatter_add_(2, where.flatten(1)[:, None].expand(-1, 5, -1), amounts)
    planes = seen.view(number, 5, size, size)
    alpha = 1.0 - planes[:, 0:1].exp()
    mean = planes[:, 2:5] / planes[:, 1:2].clamp_min(1e-6)
    return torch.cat([mean * alpha, alpha], dim=1)


def _overlap(side: Tensor, off: Tensor) -> Tensor:
    """How much of a pixel a stretch of length `side` covers, `off` its middle by so much."""
    return torch.minimum((0.5 * side + 0.5 - off.abs()).clamp_min(0.0), side.clamp_max(1.0))


def _rooted(dice: Dice, distance: Tensor, heading: Tensor, how: Growth) -> tuple[Tensor, Tensor]:
    """Where strands begin, [N, S, 2] rows and columns, and where they head, [N, S] radians."""
    size = distance.shape[-1]
    depth = dice.uniform(2.0, 0.05 * size)
    locks = fractal(dice, size, dice.whole(4, 14), 2)
    likely = torch.exp(-((distance / depth) ** 2) + dice.uniform(0.0, 1.6) * locks) + 1e-9
    chosen = dice.places(likely.flatten(1), how.number)
    heading = heading.flatten(1).gather(1, chosen) + how.spread * dice.normal(how.number)
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


def _passed(light: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """What falls on strands where they pass, [N, 1 or 3, S, P]."""
    size = light.shape[-1]
    down, across = (each.floor().clamp(0, size - 1) for each in (rows, columns))
    places = (down * size + across).long().flatten(1)[:, None].expand(-1, light.shape[1], -1)
    return torch.unflatten(light.flatten(2).gather(2, places), 2, rows.shape[1:])


def _shades(dice: Dice, base: Tensor, along: Tensor, how: Growth) -> Tensor:
    """Colour of every point, [N, 3, S, P] linear: tints, a highlight that travels, tips."""
    tone = dice.uniform(0.5, 1.5, 1, how.number, 1)
    tint = 1.0 + dice.uniform(0.0, 0.12, 1, 1, 1) * dice.normal(3, how.number, 1)
    place = dice.uniform(0.1, 0.9, 1, how.number, 1)
    shine = 1.0 + dice.uniform(0.0, 1.5, 1, how.number, 1) * torch.exp(
        -(((along - place) / 0.12) ** 2)
    )
    tips = (dice.uniform(-0.8, 0.8, 1, 1, 1) * dice.chance(0.5) * along).exp()
    return (base * tint * tone * shine * tips).clamp(DARKEST, BRIGHTEST)
