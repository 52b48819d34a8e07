"""The foreground's own colour, taken out of the mixture with the screen."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.chosen import chosen_pixels
from corridorkey_core.keyers.chroma.difference import bounded, difference
from corridorkey_core.keyers.chroma.mixture import expected_colour
from corridorkey_core.rises import ramp

SOLID = 0.98  # alpha above which the plate is the foreground
_NEARLY = 0.95  # alpha from which it gradually becomes that


def unmix(plate: Tensor, screen: Tensor, prior: Tensor, alpha: Tensor) -> Tensor:
    """Straight foreground [3, H, W] linear, from `plate` = alpha F + (1 - alpha) `screen`.

    `prior` [3, H, W] is what the foreground nearby looks like: it takes over where alpha is so low
    that the plate says little. Where alpha is solid the plate is the foreground.
    """
    foreground = torch.where(alpha > SOLID, plate, prior)
    pixels = foreground.flatten(1)
    mixed = (alpha > 0.0) & (alpha <= SOLID)
    for places, chosen in chosen_pixels(mixed, plate, screen, prior, alpha):
        pixels[:, places] = unmixed(*chosen)
    return pixels.view_as(foreground)


def unmixed(plate: Tensor, screen: Tensor, prior: Tensor, alpha: Tensor) -> Tensor:
    """The colours [3, ...] of mixed pixels, whatever their alpha [1, ...]; see `unmix`."""
    level = screen.amax(dim=0, keepdim=True)
    expected = expected_colour(bounded(plate) / level, screen / level, prior / level, alpha)
    colour = _no_redder(_no_greener((level * expected).clamp_min(0.0), prior), prior, alpha)
    return torch.lerp(colour, plate, ramp(alpha, _NEARLY, SOLID))


def _no_greener(colour: Tensor, prior: Tensor) -> Tensor:
    """Take away what green a mixed pixel has beyond the solid foreground nearby: that is screen.

    Brown hair limited by red alone would be olive: unless the foreground nearby is yellower, green
    may be twice red and once blue over three, or blue.
    """
    red, blue = colour[0:1], colour[2:3]
    larger = torch.maximum(red, blue)
    usual = torch.maximum((2.0 * red + blue) / 3.0, blue)
    nearby = prior[1:2] / torch.maximum(prior[0:1], prior[2:3]).clamp_min(1e-4)
    greenish = larger + difference(prior).clamp_min(0.0)
    other = torch.maximum(usual, nearby.clamp(0.0, 1.0) * larger)
    limit = torch.where(nearby >= 1.0, greenish, other)
    return torch.cat([red, torch.minimum(colour[1:2], limit), blue])


def _no_redder(colour: Tensor, prior: Tensor, alpha: Tensor) -> Tensor:
    """Give back green that a thin pixel lacks beside the foreground nearby, its brightness kept.

    Where little of the foreground is seen, a screen a little darker than expected leaves magenta.
    """
    red, green, blue = colour[0:1], colour[1:2], colour[2:3]
    nearby = prior[1:2] / torch.maximum(prior[0:1], prior[2:3]).clamp_min(1e-4)
    least = (1.0 - alpha) * nearby.clamp(0.0, 1.0) * torch.maximum(red, blue)
    whole = torch.cat([red, torch.maximum(green, least), blue])
    return whole * (_brightness(colour) / _brightness(whole).clamp_min(1e-6)).clamp_max(1.0)


def _brightness(colour: Tensor) -> Tensor:
    return colour[0:1] + 2.0 * colour[1:2] + colour[2:3]
