"""A coarse alpha hint made from the plate alone, where none was given.

What is not screen and stands in front of the screen is inside. Islands no larger than a tracking
marker are left out. So is what lies beyond the screen's edges (rigging, the studio), as long as it
does not touch the subject in the picture: a floor that the subject stands on cannot be told from
it, and stays in. A frame without any screen is all inside.
"""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.islands import reached
from corridorkey_core.keyers.chroma.alpha import apparent_alpha
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.keyers.chroma.difference import bounded
from corridorkey_core.keyers.chroma.studio import NOT_SCREEN, opened, surrounded
from corridorkey_core.resample import enlarge, gaussian_blur, minimum_filter, shrink, shrink_factor
from corridorkey_core.screen import Screen

_WORKING_EDGE = 512
_MARKER = 0.012  # of the long edge: half the size of the largest island left out
_SOFTNESS = 2.0


def automatic_hint(plate: Tensor, screen: Screen) -> Tensor:
    """A hint [1, H, W] in 0..1 for `plate` [3, H, W], linear, as if the screen were green.

    `screen.colour`, where known, says what counts as screen. Conservative: it stays inside the
    subject's edges and leaves fine hair to the keyer.
    """
    size = (plate.shape[-2], plate.shape[-1])
    factor = shrink_factor(plate, _WORKING_EDGE)
    small = shrink(bounded(plate), factor)
    colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
    behind = clean_plate(small, torch.zeros_like(small[0:1]), colour)
    subject = _subject(apparent_alpha(small, behind) > NOT_SCREEN, max(small.shape))
    inside = gaussian_blur(minimum_filter(subject, 1), _SOFTNESS)
    return enlarge(inside, factor, size).clamp(0.0, 1.0)


def _subject(not_screen: Tensor, edge: int) -> Tensor:
    """What of a mask is large enough, and in front of the screen or joined to what is."""
    large = opened(not_screen, max(1, round(_MARKER * edge)))
    before_screen = large & surrounded(not_screen)
    any_is = before_screen.flatten(-2).any(dim=-1)[..., None, None]
    seed = torch.where(any_is, before_screen, large)
    return reached(seed, not_screen).float()
