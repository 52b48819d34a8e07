"""Alpha, from the colour difference and from what the foreground nearby looks like."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.chosen import chosen_pixels
from corridorkey_core.keyers.chroma.difference import difference
from corridorkey_core.keyers.chroma.guide import Guide, likely_solid, solidified, surely_solid
from corridorkey_core.keyers.chroma.mixture import expected_alpha
from corridorkey_core.keyers.chroma.statistics import masked_median
from corridorkey_core.resample import (
    enlarge,
    gaussian_blur,
    maximum_filter,
    push_pull,
    round_maximum,
    round_minimum,
    shrink,
    shrink_factor,
    wide_blur,
)
from corridorkey_core.rises import ramp

LEAST_DIFFERENCE = 1e-3

_ROUNDS = 2
# Alphas that show the foreground's colour, and that do where none is so high. Both are soft:
# devices round otherwise, and whether a pixel counts at all may not hang on that.
_OPAQUE, _OPAQUE_SOFTNESS = 0.98, 0.004
_MOSTLY, _MOSTLY_SOFTNESS = 0.5, 0.01
_PURE_WITHIN = 0.006  # of the long edge
_FLOOR, _CEILING = 0.02, 0.985  # of expected alphas: a mean never reaches 0 or 1 by itself
_LEAST_NOISE, _MOST_NOISE = 0.002, 0.02
_BARE = 0.1  # plain alpha up to which a pixel counts as bare screen, wherever it lies
_STRAY = 0.03  # smoothed alpha that is no more than noise and the screen's cloth
# Smoothed lack of alpha that is no more than noise and shading: where all around is nearly solid,
# and near an edge; and how much more may be that inside the hint.
_PINHOLE, _PINHOLE_AT_EDGES = 0.1, 0.06
_MORE_INSIDE, _MORE_AT_EDGES = 1.0, 0.7
_CALM = (0.6, 0.8)  # the least smoothed alpha nearby, of what is near an edge and of what is not
_CALM_AROUND, _CALM_SOFTNESS = 0.012, 0.003  # of the long edge
_CALM_EDGE = 640  # the long edge that calm is told at
_BRIGHTER = (1.1, 1.6)  # grey in a pixel, in levels of the screen, that can be no screen


def plain_alpha(plate: Tensor, screen: Tensor) -> Tensor:
    """One minus the screen's share by the colour difference alone, [1, H, W] (Vlahos, 1964)."""
    share = difference(plate).clamp_min(0.0) / difference(screen).clamp_min(LEAST_DIFFERENCE)
    return (1.0 - share).clamp(0.0, 1.0)


def apparent_alpha(plate: Tensor, screen: Tensor) -> Tensor:
    """`plain_alpha`, and 1 where a pixel is brighter than any screen there, [1, H, W].

    Before a dark screen even grey cloth has colour difference enough to pass for screen; but light
    that all three channels have more of than the screen has of its own is not the screen's.
    """
    grey = plate.amin(dim=0, keepdim=True) / screen.amax(dim=0, keepdim=True)
    return torch.maximum(plain_alpha(plate, screen), ramp(grey, *_BRIGHTER))


def foreground_prior(plate: Tensor, screen: Tensor, inside: Guide, noise: Tensor) -> Tensor:
    """What the foreground of mixed pixels should look like, [3, H, W] linear.

    Filled in from the solid pixels nearby. Which those are is found in rounds, since by colour
    difference alone half-covered red hair is solid.
    """
    plain = apparent_alpha(plate, screen)
    likely, purity = likely_solid(plain, inside), _purity(plate, screen)
    alpha = solidified(plain, plain, inside) * inside.allowed
    for _ in range(_ROUNDS):
        prior = _filled(plate, alpha, likely, purity)
        alpha = corrected_alpha(plate, screen, prior, plain, inside, noise)
    return _filled(plate, alpha, likely, purity)


def corrected_alpha(
    plate: Tensor, screen: Tensor, prior: Tensor, plain: Tensor, inside: Guide, noise: Tensor
) -> Tensor:
    """Alpha [1, H, W] of `plate` before `screen`, expecting a foreground like `prior`.

    `plain` is `plain_alpha` of the same; `noise` [1, 1, 1] the relative variance of a screen's
    pixel.
    """
    alpha, unsure = plain.flatten(1).clone(), (inside.allowed > 0.0) & ~surely_solid(plain, inside)
    pictures = (plate, screen, prior, noise.expand_as(plain))
    for places, (seen, behind, expected, grain) in chosen_pixels(unsure, *pictures):
        level = behind.amax(dim=0, keepdim=True)
        mean = expected_alpha(seen / level, behind / level, expected / level, grain)
        alpha[:, places] = ramp(mean, _FLOOR, _CEILING)
    alpha = alpha.view_as(plain)
    return solidified(alpha, plain, inside) * inside.allowed


def screen_noise(plate: Tensor, screen: Tensor, plain: Tensor, inside: Guide) -> Tensor:
    """Variance [1, 1, 1] of a bare screen's pixels about the clean plate, relative to its level."""
    level = screen.amax(dim=0, keepdim=True)
    off = (difference(plate) - difference(screen)).abs() / level
    bare = (inside.allowed <= 0.0) | (plain < _BARE)
    deviation = 1.4826 * masked_median(off, bare)
    # A difference of two channels has twice the variance of one.
    return (_LEAST_NOISE + 0.5 * deviation * deviation).clamp_max(_MOST_NOISE)


def settled(alpha: Tensor, inside: Guide) -> Tensor:
    """Alpha with noise taken off where there is nothing else: bare screen is 0, solid is 1.

    Whether a pixel is bare or solid is asked of its smoothed surroundings, so hair loses nothing
    beside other hair, and grain is not mistaken for it. Inside the hint solid is believed sooner.
    """
    smooth = gaussian_blur(alpha, 1.5)
    something = ramp(round_maximum(smooth, 3), _STRAY, 2.0 * _STRAY)
    far = _PINHOLE * (1.0 + _MORE_INSIDE * inside.shallow)
    near = _PINHOLE_AT_EDGES * (1.0 + _MORE_AT_EDGES * inside.shallow)
    pinhole = torch.lerp(near, far, torch.maximum(_calm(alpha), inside.deep))
    lacking = ((1.0 - round_minimum(smooth, 3)) / pinhole - 1.0).clamp(0.0, 0.5) * 2.0
    return 1.0 - (1.0 - alpha * something) * lacking


def _calm(alpha: Tensor) -> Tensor:
    """How far from any edge or gap a pixel lies, in 0..1: gaps near one are hair's, not grain."""
    size = (alpha.shape[-2], alpha.shape[-1])
    factor = shrink_factor(alpha, _CALM_EDGE)
    small = gaussian_blur(shrink(alpha, factor), 0.8)
    edge = max(small.shape)
    least = wide_blur(round_minimum(small, round(_CALM_AROUND * edge)), _CALM_SOFTNESS * edge)
    return enlarge(ramp(least, *_CALM), factor, size)


def _filled(plate: Tensor, alpha: Tensor, likely: Tensor, purity: Tensor) -> Tensor:
    opaque = torch.sigmoid((alpha - _OPAQUE) / _OPAQUE_SOFTNESS)
    # Where nothing is opaque, the most opaque will do.
    fallback = 0.02 * alpha * torch.sigmoid((alpha - _MOSTLY) / _MOSTLY_SOFTNESS)
    weight = torch.maximum((opaque + fallback) * purity, likely)
    return push_pull(plate, weight.clamp(1e-7, 1.0))


def _purity(plate: Tensor, screen: Tensor) -> Tensor:
    """1 for the least screen-coloured pixels of a small neighbourhood, soon 0 for others.

    In red hair all of a strand's mixtures look solid by colour difference; among them the purest
    show the hair's own colour.
    """
    share = difference(plate) / difference(screen).clamp_min(LEAST_DIFFERENCE)
    away = (1.0 - share).clamp_min(0.0)
    reach = max(1, round(_PURE_WITHIN * max(plate.shape)))
    best = maximum_filter(gaussian_blur(away, 0.7), reach).clamp_min(0.05)
    return (away / best).clamp_max(1.0) ** 16
