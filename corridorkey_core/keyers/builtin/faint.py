"""What is faint throughout and stands apart is no subject: a fold's haze, a patch of odd screen."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.despeckle import FAINT
from corridorkey_core.islands import areas, covered, find_runs, hanging_together, highest, runs_of
from corridorkey_core.rises import smoothstep

_PEAK = (0.2, 0.3)  # an island's highest alpha up to which it goes, and from which it stays
_LEAST = 1 / 5000  # of the frame: smaller ones may be hair
_MOST = (1 / 200, 1 / 100)  # of the frame, up to which it goes, and from which it may be smoke


def without_faint_islands(alpha: Tensor) -> Tensor:
    """`alpha` [1, H, W] in 0..1 without islands that are faint throughout.

    An island is what hangs together above 1/255, diagonals included. Between the two peaks, and
    between the two sizes, it is there in part, so that none pops as it grows beyond either. What is
    smaller than `_LEAST` stays, and so does all else, to the last bit.
    """
    runs = find_runs(alpha[0] > FAINT, margin=1)
    island = hanging_together(runs)
    area = areas(runs, island)
    apart = (area >= _LEAST * alpha.numel()) & (area < _MOST[1] * alpha.numel())
    doubted = runs_of(island, apart)
    if not len(doubted):
        return alpha
    pixels, owner = covered(runs, island, doubted)
    values = alpha.flatten()[pixels]
    strong = smoothstep(highest(values, owner, island), *_PEAK)
    large = smoothstep(area / alpha.numel(), *_MOST)
    faded = values * torch.maximum(strong, large)[owner]
    return alpha.flatten().index_copy(0, pixels, faded).view_as(alpha)
