"""Colours and materials, linear Rec.709, seen as if the screen were green."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import srgb_to_linear
from training.dice import Dice
from training.noise import fractal, smooth, turned
from training.photographs import cut_out, toned

_DARKEST, _BRIGHTEST = 0.001, 0.97
_SKIN = (0.85, 0.62, 0.50)
_WARM = (1.0, 0.8, 0.6)
_PHOTOGRAPHED = 0.3  # the share of materials, where there are photographs


def colour(dice: Dice, near_screen: float = 0.09) -> Tensor:
    """One colour a picture [N, 3, 1, 1], display code values; some lean towards the screen's."""
    any_colour = _seldom_extreme(dice, dice.uniform(0.0, 1.0, 3, 1, 1))
    grey = dice.uniform(0.02, 1.0) ** 1.5 + 0.04 * dice.normal(3, 1, 1)
    skin = _column(_SKIN, dice) * dice.uniform(0.35, 1.1) + 0.03 * dice.normal(3, 1, 1)
    kind = dice.uniform(0.0, 1.0)
    chosen = torch.where(kind < 0.25, grey, any_colour)
    chosen = torch.where((kind > 0.25) & (kind < 0.43), skin, chosen)
    chosen = torch.where((kind > 0.43) & (kind < 0.66), hair_colour(dice), chosen)
    red, blue = dice.uniform(0.02, 0.85), dice.uniform(0.02, 0.85)
    by = torch.where(dice.chance(0.6) > 0, dice.uniform(-0.08, 0.2), dice.uniform(0.1, 0.38))
    green = torch.maximum(red, blue) + by
    leaning = torch.cat([red, green, blue], dim=1)
    return torch.where(dice.chance(near_screen) > 0, leaning, chosen).clamp(0.01, 0.99)


def _seldom_extreme(dice: Dice, code: Tensor) -> Tensor:
    """Colours whose green mostly lies between their red and blue, as the world's does.

    Few are greener than a screen, which no keyer could tell from it; few are magenta, of which a
    veil before a screen looks like grey cloth.
    """
    red, green, blue = (code[:, at : at + 1] for at in range(3))
    most = torch.maximum(red, blue) + dice.uniform(-0.1, 0.1)
    least = torch.minimum(torch.minimum(red, blue) + dice.uniform(-0.1, 0.1), most)
    usual = torch.minimum(torch.maximum(green, least), most)
    return torch.cat([red, torch.where(dice.chance(0.92) > 0, usual, green), blue], dim=1)


def _seldom_greener(dice: Dice, code: Tensor) -> Tensor:
    """As `_seldom_extreme`, but what is grey stays so: a picture's colours belong together."""
    red, green, blue = (code[:, at : at + 1] for at in range(3))
    most = torch.maximum(red, blue) + dice.uniform(0.0, 0.1)
    most = torch.where(dice.chance(0.92) > 0, most, torch.ones_like(most))
    return torch.cat([red, torch.minimum(green, most), blue], dim=1)


def hair_colour(dice: Dice) -> Tensor:
    """From black over brown, red and blond to white; straw, twine and wood; [N, 3, 1, 1].

    Display code values.
    """
    bright = dice.uniform(0.12, 0.9)
    ashen = dice.uniform(0.6, 0.95)
    brown = bright * torch.cat([torch.ones_like(ashen), ashen, ashen * _bluer(dice, ashen)], dim=1)
    red = torch.cat([dice.uniform(0.3, 0.75), dice.uniform(0.1, 0.3), dice.uniform(0.03, 0.2)], 1)
    grey = dice.uniform(0.04, 0.95).expand(-1, 3, -1, -1)
    kind = dice.uniform(0.0, 1.0)
    chosen = torch.where(kind < 0.7, brown, torch.where(kind < 0.92, grey, red))
    # Of a blue screen's subject two channels are swapped.
    swapped = chosen[:, [0, 2, 1]]
    return torch.where(dice.chance(0.3) > 0, swapped, chosen) + 0.03 * dice.normal(3, 1, 1)


def _bluer(dice: Dice, ashen: Tensor) -> Tensor:
    """Blue's share of green: the more, the more there is of green; from copper to ash blond."""
    return (0.85 * ashen + dice.uniform(-0.12, 0.25)).clamp(0.35, 0.98)


def greyed(code: Tensor) -> Tensor:
    """A colour's grey, or next to that, of the same brightness."""
    return torch.lerp(code.mean(dim=1, keepdim=True), code, 0.06)


def surface(dice: Dice, size: int, base: Tensor, pictures: Tensor | None = None) -> Tensor:
    """A material around a `base` colour [N, 3, 1, 1], linear [N, 3, size, size].

    Some are photographs, where there are `pictures` as `photographs` gives them.
    """
    code = _painted(dice, size, base)
    if pictures is not None:
        shown = photographed_material(dice, size, base, pictures)
        code = torch.where(dice.chance(_PHOTOGRAPHED) > 0, shown, code)
    light = (dice.uniform(0.0, 0.6) * fractal(dice, size, 2, 3)).exp()
    return (srgb_to_linear(code.clamp(0.01, 0.99)) * light).clamp(_DARKEST, _BRIGHTEST)


def formed(dice: Dice, distance: Tensor, base: Tensor, pictures: Tensor | None = None) -> Tensor:
    """A material, as `surface` makes it, on what is round; `distance` as `rounded` has it."""
    size = distance.shape[-1]
    light = rounded(dice, distance, size * dice.uniform(0.01, 0.12))
    return (surface(dice, size, base, pictures) * light).clamp(_DARKEST, _BRIGHTEST)


def rounded(dice: Dice, distance: Tensor, reach: Tensor) -> Tensor:
    """How a lamp lights what is round, [N, 3, H, W] about 1: darker towards its edge, or brighter.

    `distance` [N, 1, H, W] is signed, in pixels, positive inside; `reach` [N, 1, 1, 1], in pixels,
    how far in from the edge that shows. From behind, light comes warm through hair and skin.
    """
    near = near_edge(distance, reach)
    side = (1.0 + smooth(dice, distance.shape[-1], 2)).clamp(0.0, 2.0)
    warm = _column(_WARM, dice) ** dice.uniform(0.0, 1.0)
    bright = warm * side * dice.uniform(0.0, 1.3) ** 2
    dark = -side.clamp_max(1.0) * dice.uniform(0.0, 0.6)
    kind = dice.uniform(0.0, 1.0)
    change = torch.where(kind < 0.2, bright, torch.where(kind < 0.6, dark, torch.zeros_like(dark)))
    return 1.0 + near * change


def near_edge(distance: Tensor, reach: Tensor) -> Tensor:
    """1 at the edge of a body and beyond, falling to 0 inside it; as `rounded` has them."""
    return torch.exp(-((distance / reach).clamp_min(0.0) ** 2))


def photographed_material(dice: Dice, size: int, base: Tensor, pictures: Tensor) -> Tensor:
    """Pieces of `pictures`, half in tones of `base` and half in colours of their own.

    Display code values [N, 3, size, size], 0 and above.
    """
    piece = cut_out(dice, pictures, size)
    own = _seldom_greener(dice, piece)
    return torch.where(dice.chance(0.5) > 0, toned(piece, base), own)


def _painted(dice: Dice, size: int, base: Tensor) -> Tensor:
    """Two colours in a pattern, with grain and tints, display code values."""
    other = torch.lerp(base, colour(dice), dice.uniform(0.0, 1.0) ** 2)
    sharp = dice.uniform(0.5, 12.0)
    mixed = torch.lerp(base, other, torch.sigmoid(sharp * _pattern(dice, size)))
    grain = dice.uniform(0.0, 0.12) * fractal(dice, size, size // 8, 2)
    tint = 0.16 * dice.uniform(0.0, 1.0) ** 2 * fractal(dice, size, 5, 3, channels=3)
    return mixed * (1.0 + grain) + tint * mixed


def _pattern(dice: Dice, size: int) -> Tensor:
    """Blotches, stripes or checks, about -1..1."""
    along, across = turned(dice, size)
    bend = 0.3 * smooth(dice, size, 3)
    often = dice.uniform(3.0, 60.0) * 6.2832
    stripes = torch.sin(often * along + bend)
    checks = stripes * torch.sin(often * across + bend)
    kind = dice.uniform(0.0, 1.0)
    blotches = fractal(dice, size, dice.whole(2, 12), 4)
    return torch.where(kind < 0.7, blotches, torch.where(kind < 0.85, stripes, checks))


def _column(values: tuple[float, float, float], dice: Dice) -> Tensor:
    return torch.tensor(values, device=dice.device).view(1, 3, 1, 1)
