"""Tools for mattes: clip, gamma, shrink and grow, soften.

Pure functions on mattes [1, H, W] float32 in 0..1, which they keep. Each gives its input back, bit
for bit, at the value that means no change.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.resample import wide_blur
from corridorkey_core.rises import ramp


def clip(matte: Tensor, black: float, white: float) -> Tensor:
    """Make values up to `black` 0, from `white` on 1, and those between linear; black < white."""
    if black == 0.0 and white == 1.0:
        return matte
    between = ramp(matte, black, white)
    between = between.masked_fill(matte <= black, 0.0)
    return between.masked_fill(matte >= white, 1.0)


def gamma(matte: Tensor, amount: float) -> Tensor:
    """matte ^ (1 / amount): above 1 opens soft edges, below 1 closes them; 0 and 1 stay."""
    return matte if amount == 1.0 else matte ** (1.0 / amount)


def shrink_grow(matte: Tensor, distance: float) -> Tensor:
    """Move the matte's edge by `distance` pixels, outwards where positive, inwards where negative.

    Each pixel takes the largest (smallest) value within a disk; parts of a pixel are a mixture of
    the two nearest whole radii, which moves a hard edge by just that part. Nothing comes in from
    outside the picture.
    """
    if distance == 0.0:
        return matte
    if distance < 0.0:
        return -shrink_grow(-matte, -distance)
    whole = math.floor(distance)
    near = _largest_in_disk(matte, whole)
    if whole == distance:
        return near
    return torch.lerp(near, _largest_in_disk(matte, whole + 1), distance - whole)


def soften(matte: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian of standard deviation `sigma` pixels; borders are repeated."""
    return matte if sigma == 0.0 else wide_blur(matte, sigma).clamp(0.0, 1.0)


def _largest_in_disk(image: Tensor, radius: int) -> Tensor:
    """A disk is rows of several widths: each is the larger of two runs of a power of two."""
    if radius == 0:
        return image
    height, width = image.shape[-2:]
    padded = F.pad(image[None], (radius,) * 4, mode="replicate")[0]
    runs = _running_largest(padded, 2 * radius + 1)
    largest: Tensor | None = None
    for drop in range(radius + 1):
        reach = _half_width(radius, drop)
        length = 2 * reach + 1
        power = length.bit_length() - 1
        left, right = radius - reach, radius + reach + 1 - 2**power
        row = torch.maximum(
            runs[power].narrow(-1, left, width), runs[power].narrow(-1, right, width)
        )
        above, below = row.narrow(-2, radius - drop, height), row.narrow(-2, radius + drop, height)
        largest = torch.maximum(above, below if largest is None else torch.maximum(largest, below))
    assert largest is not None
    return largest


def _half_width(radius: int, drop: int) -> int:
    # A radius of n + 1/2 or so gives the roundest digital disks.
    return min(radius, math.isqrt(radius * radius + radius - drop * drop))


def _running_largest(image: Tensor, longest: int) -> list[Tensor]:
    """For each power of two up to `longest`, the largest of that many pixels from each on."""
    runs = [image]
    for power in range(longest.bit_length() - 1):
        shorter, step = runs[-1], 2**power
        length = shorter.shape[-1] - step
        runs.append(torch.maximum(shorter.narrow(-1, 0, length), shorter.narrow(-1, step, length)))
    return runs
