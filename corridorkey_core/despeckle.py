"""Take specks out of a matte, and leave hair alone."""

from __future__ import annotations

import torch
from torch import Tensor

from corridorkey_core.islands import (
    Runs,
    areas,
    components,
    find_runs,
    hanging_together,
    links,
    runs_of,
)

FAINT = 1 / 255  # at or below it nothing is seen, and nothing is connected
REACH = 2  # pixels of nothing that a broken strand may skip
STRAND = 2  # an island longer than this many edges of a square of the given area is a strand


def despeckle(matte: Tensor, area: int) -> Tensor:
    """Make 0 the islands of `matte` [1, H, W] of at most `area` pixels that touch nothing larger.

    An island is what hangs together above 1/255, diagonals included, so that faint links count.
    It stays where it is larger, where it is long enough to be a strand of hair, and where it is at
    most 2 pixels away from what stays, or from an island that is, and so on. Exact, and the same
    on every device. 0 leaves the matte alone.
    """
    if area <= 0:
        return matte
    runs = find_runs(matte[0] > FAINT, margin=REACH + 1)
    specks = _specks(runs, area)
    if not len(specks):
        return matte
    return matte.flatten().index_fill(0, runs.pixels(specks), 0.0).view_as(matte)


def _specks(runs: Runs, area: int) -> Tensor:
    """Indices of the runs that are to go."""
    count = len(runs.start)
    island = hanging_together(runs)
    small = runs_of(island, areas(runs, island) <= area)
    if not len(small):
        return small
    stays = torch.ones(count, dtype=torch.int32, device=small.device)
    stays[island[small]] = 0
    strand = _longer_side(runs, island, small) ** 2 > STRAND**2 * area
    stays[strand.nonzero()[:, 0]] = 1
    group = components(count, *_across_gaps(runs, island, small))
    kept = torch.zeros_like(stays).scatter_reduce(0, group, stays, "amax")
    return small[kept[group[island[small]]] == 0]


def _longer_side(runs: Runs, island: Tensor, chosen: Tensor) -> Tensor:
    """The longer side of the box around each island of the `chosen` runs; 0 for all others."""
    row = runs.rows[chosen]
    column = runs.start[chosen] - row * runs.stride
    width = _span(column, column + runs.end[chosen] - runs.start[chosen] - 1, island, chosen)
    return torch.maximum(width, _span(row, row, island, chosen))


def _span(low: Tensor, high: Tensor, island: Tensor, chosen: Tensor) -> Tensor:
    nothing = torch.zeros(len(island), dtype=torch.int32, device=low.device)
    owner, beyond = island[chosen], 2**30
    # Counted down from a large number, so that the smallest is a largest as well.
    largest = nothing.scatter_reduce(0, owner, (high + 1).to(torch.int32), "amax")
    smallest = beyond - nothing.scatter_reduce(0, owner, (beyond - low).to(torch.int32), "amax")
    return (largest - smallest).clamp_min(0)


def _across_gaps(runs: Runs, island: Tensor, small: Tensor) -> tuple[Tensor, Tensor]:
    """Links between small islands and whatever is within reach of them."""
    reach = REACH + 1
    here, there = links(runs, small, range(-reach, reach + 1), reach)
    return island[here], island[there]
