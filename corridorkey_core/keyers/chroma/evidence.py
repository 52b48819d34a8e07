"""What colour alone says of a frame, step by step: the screen, the mixtures, the matte."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.keyers.chroma.alpha import (
    apparent_alpha,
    corrected_alpha,
    foreground_prior,
    screen_noise,
    settled,
)
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.guide import Guide, guide
from corridorkey_core.resample import enlarge, shrink, shrink_factor

_PRIOR_EDGE = 1400  # the long edge that foreground priors are made at: they are smooth


@dataclass(frozen=True)
class Evidence:
    """All [C, H, W]: the clean plate `behind`, the matte, and what led to it.

    `plain` is the colour difference's own alpha, `inside` what the hint says, `noise` [1, 1, 1] the
    screen's, `prior` what the foreground of mixed pixels should look like.
    """

    behind: Tensor
    plain: Tensor
    inside: Guide
    noise: Tensor
    prior: Tensor
    alpha: Tensor

    def part(self, area: Area) -> Evidence:
        """Of an area only; pictures [C, H, W]."""
        behind, plain, prior, alpha = map(
            area.of, (self.behind, self.plain, self.prior, self.alpha)
        )
        return Evidence(behind, plain, self.inside.part(area), self.noise, prior, alpha)


def evidence(plate: Tensor, hint: Tensor, colour: Tensor | None) -> Evidence:
    """Key `plate` [3, H, W], linear, as if the screen were green, by a `hint` [1, H, W] in 0..1.

    The plate is bounded and the hint drawn close. `colour` [3] is the screen's, where it is known.
    N frames at once, [C, N, H, W], are answered as each alone.
    """
    behind = clean_plate(plate, hint, colour)
    plain = apparent_alpha(plate, behind)
    inside = guide(hint, plain)
    noise = screen_noise(plate, behind, plain, inside)
    prior = _prior(plate, behind, inside, noise)
    alpha = settled(corrected_alpha(plate, behind, prior, plain, inside, noise), inside)
    return Evidence(behind, plain, inside, noise, prior, alpha)


def _prior(plate: Tensor, behind: Tensor, inside: Guide, noise: Tensor) -> Tensor:
    size = (plate.shape[-2], plate.shape[-1])
    factor = shrink_factor(plate, _PRIOR_EDGE)
    small = inside.shrunk(factor)
    prior = foreground_prior(shrink(plate, factor), shrink(behind, factor), small, noise)
    return enlarge(prior, factor, size)
