"""Bring the plate's own range and detail back into a keyer's foreground.

A network answers within 0..1 and at its own size. Where the matte is solid the plate shows the
foreground itself, so the plate is taken, less what little screen the matte still lets through.
Towards edges the keyer's colour takes over, raised there by what the plate has above 1. Both keep
to plate = alpha × foreground + (1 - alpha) × screen, so a composite over the screen gives the
plate back at least as well as before.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from corridorkey_core.by_rows import by_rows
from corridorkey_core.pixelwise import restored
from corridorkey_core.resample import gaussian_blur, minimum_filter
from corridorkey_core.rises import smoothstep
from corridorkey_core.screen import Screen

REFERENCE_EDGE = 1920  # long edge of the picture that the distances below are meant for
MARGIN = 1.0  # pixels next to an edge that are never taken from the plate
FEATHER = 2.0  # pixels over which the plate fades in, and again as many to be wholly there
SOLID = (0.92, 0.99)  # alpha at which the plate begins to count, and counts fully
FAINT = 0.01  # keeps what is added to pixels of little alpha from growing without limit


def restore(foreground: Tensor, alpha: Tensor, plate: Tensor, screen: Screen) -> Tensor:
    """Rebuild straight `foreground` in the range and with the detail of `plate`.

    All linear Rec.709, [3, H, W], and `alpha` [1, H, W] in 0..1. Where alpha is 1 for some pixels
    around, the result is exactly the plate. Without `screen.colour` the screen is taken to look
    like the plate.
    """
    solid_share = solidity(alpha)
    at_once = restored(foreground, alpha, plate, solid_share, screen.colour, screen.channel)
    if at_once is not None:
        return at_once
    return by_rows(partial(_rebuilt, screen), foreground, alpha, plate, solid_share)


def _rebuilt(
    screen: Screen, foreground: Tensor, alpha: Tensor, plate: Tensor, solid_share: Tensor
) -> Tensor:
    behind = _screen_colour(screen, plate)
    through = (1.0 - alpha) * behind
    raised = foreground + _above_one(foreground * alpha + through, alpha, plate, screen.channel)
    # The weight is 0 long before alpha is down to a half; the limit only keeps numbers finite.
    solid = (plate - through) / alpha.clamp_min(0.5)
    return torch.lerp(raised, solid, solid_share)


def solidity(alpha: Tensor) -> Tensor:
    """How much of the plate to take, [1, H, W] in 0..1: exactly 1 inside, 0 at edges and outside.

    Distances follow the picture's size, so a shot and its proxy look alike.
    """
    scale = max(alpha.shape[-2:]) / REFERENCE_EDGE
    margin, feather = max(1, round(MARGIN * scale)), max(1, round(FEATHER * scale))
    core = smoothstep(minimum_filter(alpha, margin + feather), *SOLID)
    # The blur reaches `feather` pixels.
    return smoothstep(gaussian_blur(core, feather / 2.5), 0.0, 1.0)


def _screen_colour(screen: Screen, plate: Tensor) -> Tensor:
    if screen.colour is None:
        return plate
    return torch.tensor(screen.colour, dtype=plate.dtype, device=plate.device).view(3, 1, 1)


def _above_one(rebuilt: Tensor, alpha: Tensor, plate: Tensor, channel: int) -> Tensor:
    """What the foreground lacks of the plate's light above 1.

    None of it may have the screen's colour: a screen brighter than 1 is not the foreground's.
    """
    lacking = (plate.clamp_min(1.0) - rebuilt.clamp_min(1.0)).clamp_min_(0.0)
    first, second = (index for index in range(3) if index != channel)
    limit = torch.maximum(lacking[first], lacking[second])
    lacking[channel] = torch.minimum(lacking[channel], limit)
    return lacking * (alpha / (alpha * alpha + FAINT))
