"""How far a matte is from the truth: the four measures of the field, in the unknown region.

After Rhemann, Rother, Wang, Gelautz, Kohli and Rott, A Perceptually Motivated Online Benchmark for
Image Matting, CVPR 2009. Mattes are [1, H, W] in 0..1; `unknown` is a bool mask of the same shape.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.islands import Runs, components, find_runs, links
from corridorkey_core.resample import maximum_filter

GRADIENT_SIGMA, GRADIENT_POWER = 1.4, 2.0
CONNECTED_FROM, CONNECTED_STEP = 0.15, 0.1
MARGIN = 3  # pixels around the transition that an artist's trimap would leave unknown too


def unknown_region(truth: Tensor) -> Tensor:
    """Where a true matte is neither 0 nor 1 by more than a hundredth, and 3 pixels around."""
    open_ = ((truth > 0.01) & (truth < 0.99)).float()
    return maximum_filter(open_, MARGIN) > 0.0


def absolute_errors(alpha: Tensor, truth: Tensor, unknown: Tensor) -> float:
    """SAD: the sum of absolute differences in the unknown region, in thousands of pixels."""
    return float((alpha - truth).abs()[unknown].sum()) / 1000.0


def squared_error(alpha: Tensor, truth: Tensor, unknown: Tensor) -> float:
    """MSE: the mean squared difference in the unknown region; 0 where that is empty."""
    return float((alpha - truth).square()[unknown].mean()) if bool(unknown.any()) else 0.0


def gradient_error(alpha: Tensor, truth: Tensor, unknown: Tensor) -> float:
    """The summed squared difference of the mattes' gradient magnitudes, in thousands.

    Gradients are those of mattes filtered with first derivatives of a Gaussian of deviation 1.4
    (section 4 of the paper, q = 2).
    """
    off = (_steepness(alpha) - _steepness(truth)).abs() ** GRADIENT_POWER
    return float(off[unknown].sum()) / 1000.0


def connectivity_error(alpha: Tensor, truth: Tensor, unknown: Tensor) -> float:
    """The summed difference of how far pixels hang together with what is solid, in thousands.

    The source is the largest region where both mattes are 1. A pixel's l is the highest of the
    levels 0, 0.1, ... 1 at which it is 4-connected to the source where both mattes reach that
    level; phi = 1 - (alpha - l) where alpha is at least 0.15 above l, else 1; the error is the sum
    of |phi(alpha) - phi(truth)| (p = 1, theta = 0.15). The weight lambda by distance, which the
    paper names and its public evaluation leaves at 1, is 1.
    """
    level = _connected_level(torch.minimum(alpha, truth))
    off = (_connectivity(alpha, level) - _connectivity(truth, level)).abs()
    return float(off[unknown].sum()) / 1000.0


def _connectivity(matte: Tensor, level: Tensor) -> Tensor:
    above = matte - level
    return 1.0 - torch.where(above >= CONNECTED_FROM, above, torch.zeros_like(above))


def _connected_level(both: Tensor) -> Tensor:
    """For every pixel the highest level at which it hangs together with the source."""
    level = torch.zeros_like(both)
    source = _largest(both[0] >= 1.0)
    steps = round(1.0 / CONNECTED_STEP)
    for step in range(1, steps + 1):
        threshold = step / steps
        reached = _joined(both[0] >= threshold - 1e-6, source)
        level[0][reached] = threshold
    return level


def _largest(mask: Tensor) -> Tensor:
    """The largest 4-connected region of a mask [H, W]; empty where the mask is."""
    runs = find_runs(mask, 1)
    owner = _regions(runs)
    sizes = torch.zeros_like(owner).scatter_add(0, owner, runs.end - runs.start)
    largest = (sizes == sizes.amax() if len(sizes) else sizes.bool()).nonzero()[:1, 0]
    return _drawn(mask, runs, torch.isin(owner, largest))


def _joined(mask: Tensor, source: Tensor) -> Tensor:
    """The 4-connected regions of a mask [H, W] that `source`, a part of it, lies in."""
    runs = find_runs(mask, 1)
    owner = _regions(runs)
    # Every run of the source lies within one run of the mask.
    within = torch.searchsorted(runs.start, find_runs(source, 1).start, right=True) - 1
    return _drawn(mask, runs, torch.isin(owner, owner[within]))


def _regions(runs: Runs) -> Tensor:
    """For each run the first one of its region."""
    every = torch.arange(len(runs.start))
    return components(len(every), *links(runs, every, range(1, 2), 0))


def _drawn(mask: Tensor, runs: Runs, chosen: Tensor) -> Tensor:
    drawn = torch.zeros(mask.numel(), dtype=torch.bool)
    drawn[runs.pixels(chosen.nonzero()[:, 0])] = True
    return drawn.view_as(mask)


def _steepness(matte: Tensor) -> Tensor:
    """Gradient magnitude under first derivatives of a Gaussian, each of unit Euclidean norm."""
    sigma = GRADIENT_SIGMA
    reach = int(3.0 * sigma + 0.5) + 1
    along = torch.arange(-reach, reach + 1, dtype=torch.float32)
    bell = torch.exp(-0.5 * (along / sigma) ** 2)
    slope = -along / sigma**2 * bell
    kernel = bell[:, None] * slope[None]
    kernel = kernel / kernel.square().sum().sqrt()
    padded = F.pad(matte[None], (reach,) * 4, mode="replicate")
    across = F.conv2d(padded, kernel[None, None])
    down = F.conv2d(padded, kernel.T.contiguous()[None, None])
    return (across.square() + down.square()).sqrt()[0]
