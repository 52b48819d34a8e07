"""Green or blue, and which: what a shot's frames say of the screen behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.clean_plate import looks_like_screen
from corridorkey_core.keyers.chroma.difference import bounded, key_saturation
from corridorkey_core.keyers.chroma.statistics import masked_mean
from corridorkey_core.resample import gaussian_blur, shrink, shrink_factor
from corridorkey_core.screen import Screen

_WORKING_EDGE = 320
_ORDERS = {"green": (0, 1, 2), "blue": (0, 2, 1)}  # channels as if the screen were green
_LEAST_SHARE = 5e-3  # of a frame: less of a colour than this is no screen
_ROUGH = 0.15  # relative unevenness of what a screen does not look like


@dataclass(frozen=True)
class _Sighting:
    """How much of one kind of screen one frame shows: a score, and the mean colour, R, G, B."""

    score: float
    colour: tuple[float, ...]


def survey(plates: Sequence[Tensor], kind: str) -> Screen:
    """The screen of a shot, from frames spread over it or from a single frame.

    `plates` are linear Rec.709 [3, H, W], finite; `kind` is green, blue or auto. The colour is the
    mean of what is clearly screen, in the plates' own channel order, or None where no plate shows
    a screen: then auto says green.
    """
    small = [_reduced(plate) for plate in plates]
    kinds = ("green", "blue") if kind == "auto" else (kind,)
    seen = {each: [_sighting(plate, each) for plate in small] for each in kinds}
    chosen = max(kinds, key=lambda each: sum(sighting.score for sighting in seen[each]))
    return Screen(chosen, _mean_colour(seen[chosen]))


def _reduced(plate: Tensor) -> Tensor:
    return shrink(bounded(plate), shrink_factor(plate, _WORKING_EDGE))


def _sighting(plate: Tensor, kind: str) -> _Sighting:
    seen = plate[list(_ORDERS[kind])]
    everywhere = torch.ones_like(seen[0:1], dtype=torch.bool)
    likely = looks_like_screen(seen, None, everywhere).float()
    weight = likely * _evenness(seen) * _by_position(seen)
    score = (weight * key_saturation(seen)).mean()
    facts = torch.cat([masked_mean(plate, weight).flatten(), score[None], likely.mean()[None]])
    red, green, blue, total, share = facts.tolist()
    return _Sighting(total if share >= _LEAST_SHARE else 0.0, (red, green, blue))


def _evenness(image: Tensor) -> Tensor:
    """1 where a picture is flat, towards 0 where it has texture: screens are flat."""
    level = image.mean(dim=0, keepdim=True)
    around = gaussian_blur(level, 1.5)
    rough = gaussian_blur((level - around) ** 2, 1.5).sqrt() / around.clamp_min(1e-3)
    return torch.exp(-((rough / _ROUGH) ** 2))


def _by_position(image: Tensor) -> Tensor:
    """Pixels near the frame's upper and side borders count three times those in the middle."""
    height, width = image.shape[-2:]
    across = torch.linspace(-1.0, 1.0, width, device=image.device).abs()
    down = torch.linspace(-1.0, 1.0, height, device=image.device)
    return 1.0 + 2.0 * torch.maximum(across[None, None, :], -down[None, :, None]).clamp_min(0) ** 2


def _mean_colour(sightings: Sequence[_Sighting]) -> tuple[float, float, float] | None:
    total = sum(sighting.score for sighting in sightings)
    if total <= 0.0:
        return None
    red, green, blue = (
        sum(sighting.score * sighting.colour[channel] for sighting in sightings) / total
        for channel in range(3)
    )
    return red, green, blue
