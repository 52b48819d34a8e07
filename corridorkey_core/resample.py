"""Filling and shrinking pictures: pyramids, push-pull, running extremes, blur.

Pure functions on float32 tensors [C, H, W], or [C, N, H, W] for N pictures at once, built from
slices, averages and bilinear resizing only: no convolution, which on CUDA devices would be rounded
to TF32, and nothing in double precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.along_axis import extreme, weighed

_SMALLEST_LEVEL = 2  # edge at which a pyramid ends; what is left is averaged
_NO_WEIGHT = 1e-8
_BOXES = (0.4, 0.7, 1.0)  # half the edges of boxes that make up a disk, as shares of its radius


def halve(image: Tensor) -> Tensor:
    """Average 2 × 2 pixels; an odd edge is completed with zeros, as unseen pixels of no weight."""
    return F.avg_pool2d(_even(image), 2)


def shrink_factor(image: Tensor, edge: int) -> int:
    """The smallest factor by which `shrink` makes an image [..., H, W] no longer than `edge`."""
    return -(-max(image.shape[-2:]) // edge)


def shrink(image: Tensor, factor: int) -> Tensor:
    """Average `factor` × `factor` pixels; incomplete blocks at the far edges repeat the edge."""
    if factor == 1:
        return image
    return F.avg_pool2d(_whole_blocks(image, factor), factor)


def shrink_least(image: Tensor, factor: int) -> Tensor:
    """The smallest of `factor` × `factor` pixels; incomplete blocks at the far edges likewise."""
    if factor == 1:
        return image
    planes = -_whole_blocks(image, factor).flatten(0, -3)[None]
    return torch.unflatten(-F.max_pool2d(planes, factor)[0], 0, image.shape[:-2])


def enlarge(image: Tensor, factor: int, size: tuple[int, int]) -> Tensor:
    """Undo `shrink`: bilinear, aligned with its blocks, cut to `size` (height, width)."""
    if factor == 1:
        return image
    return _grown(image, factor)[..., : size[0], : size[1]]


def push_pull(values: Tensor, weights: Tensor) -> Tensor:
    """Fill a picture from its weighted pixels, smoothly and over any distance.

    `values` [C, H, W]; `weights` [1, H, W] in 0..1, where 1 is kept and 0 is filled from what lies
    nearest in a pyramid of weighted averages. All zero weights give zeros.
    Gortler et al., The Lumigraph, 1996.
    """
    levels = [(values * weights, weights)]
    while min(levels[-1][1].shape[-2:]) > _SMALLEST_LEVEL:
        weighted, weight = levels[-1]
        levels.append((halve(weighted), halve(weight)))
    weighted, weight = levels.pop()
    total = weight.sum(dim=(-2, -1), keepdim=True).clamp_min(_NO_WEIGHT)
    filled = (weighted.sum(dim=(-2, -1), keepdim=True) / total).expand_as(weighted)
    for weighted, weight in reversed(levels):
        filled = _pull(filled, weighted, weight)
    return filled


def _pull(coarse: Tensor, weighted: Tensor, weight: Tensor) -> Tensor:
    height, width = weight.shape[-2:]
    grown = _grown(coarse, 2)[..., :height, :width]
    own = weighted / weight.clamp_min(_NO_WEIGHT)
    # A block of four pixels is trusted fully once one of them is.
    return torch.lerp(grown, own, (4.0 * weight).clamp(max=1.0))


def maximum_filter(image: Tensor, radius: int) -> Tensor:
    """The largest value within a square of edge 2 × radius + 1; outside the picture is ignored."""
    return _extreme(_extreme(image, radius, -1, torch.maximum), radius, -2, torch.maximum)


def minimum_filter(image: Tensor, radius: int) -> Tensor:
    """The smallest value within a square of edge 2 × radius + 1; outside is ignored."""
    return _extreme(_extreme(image, radius, -1, torch.minimum), radius, -2, torch.minimum)


def round_maximum(image: Tensor, radius: int) -> Tensor:
    """The largest value within about a disk of `radius` pixels; outside the picture is ignored."""
    return _round_extreme(image, radius, torch.maximum)


def round_minimum(image: Tensor, radius: int) -> Tensor:
    """The smallest value within about a disk of `radius` pixels; outside is ignored."""
    return _round_extreme(image, radius, torch.minimum)


def _round_extreme(image: Tensor, radius: int, pick: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """The extreme within three boxes laid over each other, which have the corners of an octagon.

    Each box goes on from the narrower one before it, so a disk takes few more steps than a square.
    """
    widths = sorted(round(radius * part) for part in _BOXES)
    heights = widths[::-1]
    across = _extreme(image, widths[0], -1, pick)
    found = across
    for before, box in pairwise(range(len(widths))):
        found = _extreme(found, heights[before] - heights[box], -2, pick)
        across = _extreme(across, widths[box] - widths[before], -1, pick)
        found = pick(found, across)
    return _extreme(found, heights[-1], -2, pick)


def _extreme(
    image: Tensor, radius: int, axis: int, pick: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """A running extreme along one axis, in steps that double: log2(radius) passes."""
    size = image.shape[axis]
    radius = min(radius, size - 1)
    if radius <= 0:
        return image
    at_once = extreme(image, radius, axis, largest=pick is torch.maximum)
    if at_once is not None:
        return at_once
    running = extended(image, radius, axis)
    reach, window = 1, 2 * radius + 1
    while reach < window:
        step = min(reach, window - reach)
        length = running.shape[axis] - step
        running = pick(running.narrow(axis, 0, length), running.narrow(axis, step, length))
        reach += step
    return running


def gaussian_blur(image: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian of standard deviation `sigma` in pixels, edges repeated."""
    if sigma <= 0.0:
        return image
    radius = max(1, math.ceil(2.5 * sigma))
    taps = [math.exp(-0.5 * (offset / sigma) ** 2) for offset in range(radius + 1)]
    total = taps[0] + 2.0 * sum(taps[1:])
    taps = [tap / total for tap in taps]
    return _weigh(_weigh(image, taps, -1), taps, -2)


def wide_blur(image: Tensor, sigma: float) -> Tensor:
    """Blur by about a Gaussian of `sigma` pixels, at a size where that takes few steps."""
    factor = max(1, int(sigma / 3.0))
    small = gaussian_blur(shrink(image, factor), sigma / factor)
    return enlarge(small, factor, (image.shape[-2], image.shape[-1]))


def _weigh(image: Tensor, taps: list[float], axis: int) -> Tensor:
    at_once = weighed(image, taps, axis)
    if at_once is not None:
        return at_once
    radius, size = len(taps) - 1, image.shape[axis]
    padded = extended(image, radius, axis)
    blurred = padded.narrow(axis, radius, size) * taps[0]
    for offset in range(1, radius + 1):
        blurred.add_(padded.narrow(axis, radius - offset, size), alpha=taps[offset])
        blurred.add_(padded.narrow(axis, radius + offset, size), alpha=taps[offset])
    return blurred


def extended(image: Tensor, amount: int, axis: int) -> Tensor:
    """[..., H, W] with `amount` more pixels at either end along `axis`, the ends repeated."""
    return _replicated(image, (amount, amount, 0, 0) if axis == -1 else (0, 0, amount, amount))


def _even(image: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    if height % 2 == 0 and width % 2 == 0:
        return image
    return F.pad(image, (0, width % 2, 0, height % 2))


def _whole_blocks(image: Tensor, factor: int) -> Tensor:
    height, width = image.shape[-2:]
    right, below = -width % factor, -height % factor
    if right == below == 0:
        return image
    return _replicated(image, (0, right, 0, below))


def _replicated(image: Tensor, sides: tuple[int, int, int, int]) -> Tensor:
    padded = F.pad(image.flatten(0, -3)[None], sides, mode="replicate")[0]
    return torch.unflatten(padded, 0, image.shape[:-2])


def _grown(image: Tensor, factor: int) -> Tensor:
    planes = image.flatten(0, -3)[None]
    grown = F.interpolate(planes, scale_factor=float(factor), mode="bilinear", align_corners=False)
    return torch.unflatten(grown[0], 0, image.shape[:-2])
