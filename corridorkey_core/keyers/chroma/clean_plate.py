"""The screen as it would be without the subject, estimated from the pixels that are clearly screen.

A cubic polynomial follows the light over the whole screen, and what it leaves, wrinkles and seams,
is filled in by push-pull. Pixels near the subject are never trusted: hair absorbed into the clean
plate costs more than a slightly wrong screen.
"""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.cubic import cubic
from corridorkey_core.keyers.chroma.difference import difference, key_saturation
from corridorkey_core.keyers.chroma.statistics import masked_mean, masked_median
from corridorkey_core.resample import (
    enlarge,
    gaussian_blur,
    maximum_filter,
    minimum_filter,
    push_pull,
    shrink,
    shrink_factor,
    wide_blur,
)
from corridorkey_core.rises import ramp

# What the clean plate is where a frame shows no screen and none is known of its shot.
USUAL_SCREEN = (0.08, 0.45, 0.10)

_WORKING_EDGE = 1024  # the long edge a clean plate is made at: screens are smooth
_FAR = 0.03  # of the long edge: how far from the hint a pixel is sure to be screen
_SMOOTH = 3.0  # pixels of blur on what the polynomial leaves
_NEIGHBOURHOOD = 0.022  # of the long edge: what a screen pixel must agree with
_BELOW, _ABOVE = 0.04, 0.12  # shares of the local difference that noise and cloth may make
_CALM = 0.004  # relative unevenness that is never held against a pixel
_LEAST_SATURATION = 0.12
_LEAST_DIFFERENCE = 0.003
_SEEN = (0.01, 0.03)  # shares of screen around a pixel, from too little to enough
_FEW = 2e-3  # of all pixels: too few to measure a screen by
_DARKEST, _BRIGHTEST = 0.002, 64.0


def clean_plate(plate: Tensor, hint: Tensor, colour: Tensor | None) -> Tensor:
    """The screen behind everything, [3, H, W] linear, from `plate` [3, H, W] and `hint` [1, H, W].

    `colour` [3] is the shot's mean screen where it is known: it says what counts as screen, and is
    the answer where the frame shows none.
    """
    size = (plate.shape[-2], plate.shape[-1])
    factor = shrink_factor(plate, _WORKING_EDGE)
    small = shrink(plate, factor)
    guide = shrink(maximum_filter(hint, factor // 2), factor)
    trusted = _trusted(small, guide, colour)
    fitted = _fitted(small, trusted, colour)
    weight = gaussian_blur(trusted, _SMOOTH)
    left = gaussian_blur((small - fitted) * trusted, _SMOOTH) / weight.clamp_min(1e-4)
    residual = push_pull(left, weight * ramp(weight, *_SEEN))
    return enlarge((fitted + residual).clamp(_DARKEST, _BRIGHTEST), factor, size)


def looks_like_screen(image: Tensor, colour: Tensor | None, within: Tensor) -> Tensor:
    """Which pixels could be screen, bool [1, H, W].

    Measured against `colour`, or where that is None against the median of the greenish pixels
    `within` a mask.
    """
    amount, saturation = difference(image), key_saturation(image)
    greenish = (saturation > _LEAST_SATURATION) & (amount > _LEAST_DIFFERENCE)
    if colour is None:
        usual_amount = masked_median(amount, greenish & within)
        usual_saturation = masked_median(saturation, greenish & within)
    else:
        known = colour.view(3, 1, 1)
        usual_amount, usual_saturation = difference(known), key_saturation(known)
    return greenish & (saturation > 0.75 * usual_saturation) & (amount > 0.35 * usual_amount)


def _trusted(small: Tensor, guide: Tensor, colour: Tensor | None) -> Tensor:
    """Weights [1, H, W] in 0..1 of pixels that show nothing but screen."""
    far = maximum_filter(guide, round(_FAR * max(guide.shape))) < 0.02
    outside = maximum_filter(guide, 1) < 0.2
    anywhere = torch.ones_like(far)
    chosen = far & looks_like_screen(small, colour, far)
    for wider in (outside, anywhere):
        enough = chosen.float().mean(dim=(-2, -1), keepdim=True) > _FEW
        chosen = torch.where(enough, chosen, wider & looks_like_screen(small, colour, wider))
    return _agreeing(difference(small), chosen.float())


def _agreeing(amount: Tensor, chosen: Tensor) -> Tensor:
    """Take weight from pixels that stray hair, marker edges or the subject's shadow may be in.

    A subject can only lower the difference, so pixels below their neighbourhood are suspected
    sooner than those above it, and so are those where it varies more than the camera's noise.
    """
    inner = minimum_filter(chosen, 1)
    uneven = _unevenness(amount, inner)
    usual = masked_median(uneven, inner > 0.0)
    weight = inner / (1.0 + (uneven / (2.0 * usual + _CALM)) ** 4)
    reach = _NEIGHBOURHOOD * max(amount.shape)
    for _ in range(3):
        around = wide_blur(weight, reach).clamp_min(1e-4)
        local = wide_blur(amount * weight, reach) / around
        off = amount / local.clamp_min(_LEAST_DIFFERENCE) - 1.0
        weight = weight * torch.exp(-((off / torch.where(off < 0.0, _BELOW, _ABOVE)) ** 2))
    return weight + 1e-4 * chosen


def _unevenness(amount: Tensor, weight: Tensor) -> Tensor:
    """Relative deviation of `amount` within a few pixels."""
    around = gaussian_blur(weight, 1.5).clamp_min(1e-4)
    mean = gaussian_blur(amount * weight, 1.5) / around
    variance = gaussian_blur((amount - mean) ** 2 * weight, 1.5) / around
    return variance.sqrt() / mean.clamp_min(_LEAST_DIFFERENCE)


def _fitted(small: Tensor, trusted: Tensor, colour: Tensor | None) -> Tensor:
    """The polynomial through the trusted pixels, [3, H, W]; a constant where there are too few."""
    usual = torch.tensor(USUAL_SCREEN, device=small.device) if colour is None else colour
    mean = masked_mean(small, trusted)
    share = trusted.mean(dim=(-2, -1), keepdim=True)
    level = torch.where(share > 1e-5, mean, usual.view(-1, *(1,) * (small.dim() - 1)))
    curve = cubic(small / level, trusted).clamp(0.4, 1.8)
    return level * torch.where(share > _FEW, curve, torch.ones_like(curve))
