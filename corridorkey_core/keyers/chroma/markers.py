"""Tracking markers: small solid shapes on the screen, which are the screen's and not the subject's.

Far from the subject they are garbage anyway; these are the ones beside it. A marker is solid or of
one colour, compact, lies outside the hint, hangs together with nothing solid, and has bare screen
around it. A detached strand is thin and faint, and a tuft is surrounded by its own wisps: both
stay.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from corridorkey_core.islands import (
    Runs,
    areas,
    covered,
    drawn,
    find_runs,
    hanging_together,
    highest,
    in_one_picture,
    runs_of,
)
from corridorkey_core.resample import maximum_filter

# What a hint is above inside of it: no half, for a hard edge, blurred, is one but for the rounding,
# which differs between devices.
INSIDE = 0.49

_SOLID = 0.4  # plain alpha that holds things together
_CORE = 0.8  # plain alpha that a marker reaches, unless it is even: green on green is fainter
_EVEN, _MOSTLY, _AREA = 0.8, 0.6, 16  # of the highest in it; a share of its pixels; so many of them
_FRINGE = 0.25  # plain alpha of what may hold a prop: gauze, a thin pole, but no wisps of hair
_LARGEST = 0.04  # of the long edge: the longer side of a marker's box
_SLENDER = 0.5  # the shorter side over the longer from which a shape is compact
_FILLED = 0.2  # the share of the square about it that a thin cross still fills
_AROUND = 2  # pixels of blur around a marker, which are not looked at, and are its own
_RING = 2  # pixels around those, which are
_WISPS = 0.03  # the share of that ring that need not be bare


def markers(plain: Tensor, hint: Tensor) -> Tensor:
    """Which pixels are a marker's or its blurred edge's, bool [1, ..., H, W], from `plain` alpha.

    `hint` is of the same size. Found by counting and comparing: every device finds the same ones.
    """
    find = partial(_found, edge=max(plain.shape[-2:]))
    return in_one_picture(find, (plain, hint), apart=2 * (_AROUND + _RING))


def _found(plain: Tensor, hint: Tensor, edge: int) -> Tensor:
    mask = plain > _SOLID
    runs = find_runs(mask[0], margin=1)
    if not len(runs.start):
        return torch.zeros_like(mask)
    island = hanging_together(runs)
    found = drawn(runs, island, _are_markers(runs, island, plain[0], hint[0], edge), mask)
    return maximum_filter(found.float(), _AROUND) > 0.0


def _are_markers(runs: Runs, island: Tensor, plain: Tensor, hint: Tensor, edge: int) -> Tensor:
    """Which islands are markers, bool at the index of each island's first run.

    `edge` is a frame's long one.
    """
    height, width = plain.shape
    area = areas(runs, island)
    first = runs.rows * runs.stride
    places = (runs.rows, runs.start - first, runs.end - first)
    row, column, end = (each.to(torch.int32) for each in places)
    top, left = _least(row, island, height), _least(column, island, width)
    bottom, right = highest(row + 1, island, island), highest(end, island, island)
    longer = torch.maximum(bottom - top, right - left)
    shorter = torch.minimum(bottom - top, right - left)
    compact = (shorter >= _SLENDER * longer) & (area >= _FILLED * longer * longer)
    small = (longer > 1) & (longer <= _LARGEST * edge)
    box = (top, left, bottom, right)
    outside = _within(hint > INSIDE, box, _AROUND) == 0
    alone = compact & small & outside & (_around(plain > _FRINGE, box) <= _WISPS)
    solid = _within(plain > _CORE, box, 0) > 0
    return alone & (solid | _are_even(runs, island, alone & (area >= _AREA), plain, area))


def _are_even(runs: Runs, island: Tensor, asked: Tensor, plain: Tensor, area: Tensor) -> Tensor:
    """Which islands of those `asked` about are of one colour: no puff nor tuft of hair is.

    Subjects are large: only the pixels of what may be a marker are looked at.
    """
    pixels, owner = covered(runs, island, runs_of(island, asked))
    values = plain.flatten()[pixels]
    alike = values > _EVEN * highest(values, owner, island)[owner]
    even = torch.zeros_like(area).scatter_add(0, owner, alike.to(area.dtype))
    return asked & (even >= _MOSTLY * area)


def _around(mask: Tensor, box: tuple[Tensor, ...]) -> Tensor:
    """The share of a ring around each box that lies in a `mask`."""
    every, wide = torch.ones_like(mask), _AROUND + _RING
    inside, size = (
        _within(each, box, wide) - _within(each, box, _AROUND) for each in (mask, every)
    )
    return inside / size.clamp_min(1)


def _within(mask: Tensor, box: tuple[Tensor, ...], margin: int) -> Tensor:
    """How many pixels of a `mask` [H, W] lie in each box, grown by a margin."""
    height, width = mask.shape
    sums = torch.zeros(height + 1, width + 1, dtype=torch.int32, device=mask.device)
    sums[1:, 1:] = mask.to(torch.int32).cumsum(0).cumsum(1)
    top, left = ((edge - margin).clamp_min(0).long() for edge in box[:2])
    bottom, right = (box[2] + margin).clamp_max(height), (box[3] + margin).clamp_max(width)
    bottom, right = bottom.long(), right.long()
    return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]


def _least(values: Tensor, island: Tensor, beyond: int) -> Tensor:
    return beyond - highest(beyond - values, island, island)
