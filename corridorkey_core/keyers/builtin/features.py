"""What the network sees: the plate, the hint, and what colour alone makes of them.

Every function takes pictures [C, H, W], or N at once [C, N, H, W], as if the screen were green.
"""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.colour.srgb import linear_to_srgb
from corridorkey_core.keyers.chroma.alpha import LEAST_DIFFERENCE
from corridorkey_core.keyers.chroma.difference import difference
from corridorkey_core.keyers.chroma.evidence import Evidence
from corridorkey_core.resample import gaussian_blur, maximum_filter
from corridorkey_core.rises import ramp

# Planes, in order: plate, screen and foreground are encoded for a display.
CHANNELS = 16
COLOUR, ALPHA, GATE = slice(6, 9), slice(9, 10), slice(14, 15)

BRIGHTEST = 8.0  # linear; what is brighter looks like this
_REACH, _LEAST_REACH = 0.008, 8  # of the long edge, and in pixels: how far doubt spreads
_SURE = (0.002, 0.012)  # alphas no further than this from 0 or 1 are sure, and wholly unsure
_UNLIKE = 0.1  # in display code values: what any subject's colour differs from the screen's by
_SHEER = 0.3  # alphas up to this may be of any colour, as smoke's are
# Plain alphas that solid is not doubted at, and wholly: gauze, or cloth of the screen's colour.
_MIXED = (0.87, 0.83)


def features(
    plate: Tensor, hint: Tensor, found: Evidence, foreground: Tensor, gate: Tensor
) -> Tensor:
    """All planes, [16, ..., H, W] float32; `foreground` is the chroma keyer's, `gate` see `doubt`.

    Each pixel's depend on that pixel alone.
    """
    share = difference(plate) / difference(found.behind).clamp_min(LEAST_DIFFERENCE)
    planes = [
        encoded(plate),
        encoded(found.behind),
        encoded(foreground),
        found.alpha,
        share.clamp(-1.0, 2.0),
        hint,
        found.inside.allowed,
        found.inside.deep,
        gate,
        (5.0 * found.noise.sqrt()).expand_as(hint),
    ]
    return torch.cat(planes)


def doubt(found: Evidence) -> Tensor:
    """Where a network may correct, [1, ..., H, W]: 1 around what colour left unsure, 0 elsewhere.

    What is far from any mixture stays exactly solid, or exactly empty.
    """
    alpha = found.alpha
    mixed = ramp(torch.minimum(alpha, 1.0 - alpha), *_SURE)
    unlikely = ramp(alpha, 1.0 - _SURE[1], 1.0 - _SURE[0]) * ramp(found.plain, *_MIXED)
    reach = max(_LEAST_REACH, round(_REACH * max(alpha.shape[-2:])))
    around = maximum_filter(torch.maximum(mixed, unlikely), reach)
    return gaussian_blur(around, reach / 5.0).clamp(0.0, 1.0)


def say(found: Evidence, gate: Tensor) -> Tensor:
    """Where a matte may follow the network, [1, ..., H, W] in 0..1: where the `gate` lets it.

    What is a tracking marker stays out.
    """
    return gate * (found.inside.marked <= 0.0).to(gate.dtype)


def ceiling(plate: Tensor, found: Evidence) -> Tensor:
    """The highest alpha a network may say, [1, ..., H, W] in 0..1.

    Beyond the hint what looks like the screen is screen, or sheer: no solid subject's colour, in
    display code values, is taken to be nearer to the screen's than `_UNLIKE`.
    """
    away = (encoded(plate) - encoded(found.behind)).abs().amax(dim=0, keepdim=True)
    return torch.maximum((away / _UNLIKE).clamp(_SHEER, 1.0), found.inside.inside)


def encoded(linear: Tensor) -> Tensor:
    """Linear light as a display's code values, 0 to about 2.4."""
    return linear_to_srgb(linear.clamp(0.0, BRIGHTEST))
