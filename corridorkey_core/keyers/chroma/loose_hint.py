"""Hints that are no more than a box about the subject, drawn closer by what the plate shows."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.chroma.alpha import plain_alpha
from corridorkey_core.keyers.chroma.automatic_hint import automatic_hint
from corridorkey_core.keyers.chroma.clean_plate import clean_plate
from corridorkey_core.resample import maximum_filter, minimum_filter, shrink, shrink_factor
from corridorkey_core.screen import Screen

_WORKING_EDGE = 256
_BARE = 0.15  # plain alpha of what is bare screen even by a rough clean plate
_RIM = 0.02  # of the long edge: how wide the rim of a hint is that is looked at
_LOOSE = (0.35, 0.55)  # shares of bare screen in its rim from which a hint is loose, and wholly so
_MARGIN = 0.008  # of the long edge, left around the automatic hint
_FULL = 0.25  # what the strongest of a hint must reach to count as full


def drawn_closer(hint: Tensor, plate: Tensor, screen: Screen) -> Tensor:
    """A `hint` [1, H, W] that says more than "somewhere here", for `plate` [3, H, W], linear.

    A faint hint is brought to full strength. Where a hint's rim is mostly bare screen, the
    automatic hint, grown a little, narrows it down; a hint that fits its subject is left alone,
    whatever of the screen's colour the subject wears, and so is one of thin things alone, of which
    the automatic hint shows nothing.
    """
    full = hint / hint.amax().clamp(_FULL, 1.0)
    share = _bare_rim(full, plate, screen)
    if share <= _LOOSE[0]:
        return full
    edge = max(plate.shape)
    close = maximum_filter(automatic_hint(plate, screen), round(_MARGIN * edge))
    if not bool(((close > 0.5) & (full > 0.5)).any()):
        return full
    loose = min(1.0, (share - _LOOSE[0]) / (_LOOSE[1] - _LOOSE[0]))
    return torch.lerp(full, torch.minimum(full, close), loose)


def _bare_rim(hint: Tensor, plate: Tensor, screen: Screen) -> float:
    """The share of bare screen just inside the hint's edge, the frame's border being one too."""
    factor = shrink_factor(plate, _WORKING_EDGE)
    small, inside = shrink(plate, factor), shrink(hint, factor) > 0.5
    colour = None if screen.colour is None else torch.tensor(screen.colour, device=plate.device)
    behind = clean_plate(small, torch.zeros_like(small[0:1]), colour)
    rim = inside & ~_eroded(inside, max(1, round(_RIM * max(small.shape))))
    bare = (plain_alpha(small, behind) < _BARE) & rim
    return float(bare.sum() / rim.sum().clamp_min(1))


def _eroded(mask: Tensor, radius: int) -> Tensor:
    bordered = F.pad(mask.float(), (radius,) * 4)
    kept = minimum_filter(bordered, radius)[:, radius:-radius, radius:-radius]
    return kept > 0.5
