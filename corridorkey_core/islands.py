"""Islands of a mask, found exactly: horizontal runs of pixels, and which of them hang together.

Runs are few where pixels are many. Everything is whole numbers and order-free reductions, so every
device finds the same islands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

STEPS = 3


@dataclass(frozen=True)
class Runs:
    """Horizontal runs of a mask in reading order: `start` and `end` (past the last), int64 [N].

    A pixel's place is row × `stride` + column; `stride` is `width` and a margin, which keeps runs
    of different rows apart.
    """

    start: Tensor
    end: Tensor
    width: int
    stride: int

    @property
    def rows(self) -> Tensor:
        """The row of each run."""
        return torch.div(self.start, self.stride, rounding_mode="floor")

    def pixels(self, chosen: Tensor) -> Tensor:
        """Indices into the flattened mask of all pixels of the runs `chosen` [M] by index."""
        first = self.start[chosen] - self.rows[chosen] * (self.stride - self.width)
        return _ranges(first, self.end[chosen] - self.start[chosen])[1]


def in_one_picture(
    find: Callable[[Tensor, Tensor], Tensor], images: tuple[Tensor, Tensor], apart: int
) -> Tensor:
    """What `find` makes of two pictures [1, H, W]; of [1, N, H, W] as if each frame were alone.

    Several frames become one picture, with `apart` bare rows below each.
    """
    if images[0].dim() == 3:
        return find(*images)
    count, height = images[0].shape[1:3]
    first, second = (F.pad(each, (0, 0, 0, apart)).flatten(1, 2) for each in images)
    return torch.unflatten(find(first, second), 1, (count, -1))[..., :height, :]


def reached(seed: Tensor, mask: Tensor) -> Tensor:
    """The islands of a `mask` that a `seed` lies on, both bool [1, ..., H, W]; so is what is found.

    Pixels that touch at a corner hang together.
    """
    return in_one_picture(_reached, (seed, mask), apart=1)


def _reached(seed: Tensor, mask: Tensor) -> Tensor:
    runs = find_runs(mask[0], margin=1)
    island = hanging_together(runs)
    rows, columns = (seed & mask)[0].nonzero().unbind(1)
    hit = torch.searchsorted(runs.end, rows * runs.stride + columns, right=True)
    wanted = torch.zeros_like(island, dtype=torch.bool).index_fill(0, island[hit], True)
    return drawn(runs, island, wanted, mask)


def drawn(runs: Runs, island: Tensor, wanted: Tensor, mask: Tensor) -> Tensor:
    """A `mask` of which only some islands are left, bool of its shape.

    `island` [N] is each run's first; `wanted` [N] is bool, at the index of an island's first run.
    """
    pixels = runs.pixels(runs_of(island, wanted))
    return torch.zeros_like(mask).flatten().index_fill(0, pixels, True).view_as(mask)


def runs_of(island: Tensor, wanted: Tensor) -> Tensor:
    """By index, the runs of the islands that are `wanted`; both as of `drawn`."""
    return wanted[island].nonzero()[:, 0]


def covered(runs: Runs, island: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """`Runs.pixels` of the runs `chosen` by index, and the first run of each pixel's island."""
    length = (runs.end - runs.start)[chosen]
    return runs.pixels(chosen), island[chosen].repeat_interleave(length)


def highest(values: Tensor, owner: Tensor, island: Tensor) -> Tensor:
    """The highest of pixels' or runs' `values`, none below 0, in each island, [N] at its first run.

    `owner` is each one's island, as `covered` gives it of pixels; islands without any here have 0.
    """
    return values.new_zeros(len(island)).scatter_reduce(0, owner, values, "amax")


def hanging_together(runs: Runs) -> Tensor:
    """For each run the first one of its island, int64 [N]; corners count as touching."""
    every = torch.arange(len(runs.start), device=runs.start.device)
    return components(len(every), *links(runs, every, range(1, 2), distance=1))


def areas(runs: Runs, island: Tensor) -> Tensor:
    """Pixels of each island, int32 [N], at the index of its first run."""
    length = (runs.end - runs.start).to(torch.int32)
    return torch.zeros_like(length).scatter_add(0, island, length)


def find_runs(mask: Tensor, margin: int) -> Runs:
    """The runs of `mask` [H, W] bool; links are found up to a distance of `margin` pixels."""
    height, width = mask.shape
    stride = width + margin
    # One place before the first pixel, so that a run that starts there is seen to start.
    line = torch.zeros(height * stride + 1, dtype=torch.bool, device=mask.device)
    line[1:].view(height, stride)[:, :width] = mask
    changes = (line[1:] != line[:-1]).nonzero()[:, 0]
    return Runs(changes[0::2].contiguous(), changes[1::2].contiguous(), width, stride)


def links(runs: Runs, chosen: Tensor, drops: range, distance: int) -> tuple[Tensor, Tensor]:
    """Pairs of runs: each `chosen` one and all runs near it that are `drops` rows below.

    Near are runs with two pixels at most `distance` columns apart.
    """
    rows_below = torch.arange(drops.start, drops.stop, device=chosen.device)
    shift = (rows_below * runs.stride)[:, None]
    first = torch.searchsorted(runs.end, runs.start[chosen] + (shift - distance + 1))
    beyond = torch.searchsorted(runs.start, runs.end[chosen] + (shift + distance - 1), right=True)
    owner, there = _ranges(first.flatten(), (beyond - first).clamp_min(0).flatten())
    return chosen.repeat(len(drops))[owner], there


def components(count: int, here: Tensor, there: Tensor) -> Tensor:
    """For each of `count` nodes the smallest node it hangs together with, int64 [count].

    `here` and `there` [E] are the ends of links. Roots hook on to smaller ones, paths are halved.
    Shiloach and Vishkin, An O(log n) parallel connectivity algorithm, 1982.
    """
    root = torch.arange(count, dtype=torch.int32, device=here.device)
    while here.numel():
        low, high = torch.minimum(here, there), torch.maximum(here, there)
        root = root.scatter_reduce(0, high, low.to(torch.int32), "amin")
        root = _flattened(root)
        here, there = root[here].long(), root[there].long()
        apart = here != there
        here, there = here[apart], there[apart]
    return root.long()


def _flattened(root: Tensor) -> Tensor:
    while True:
        further = root
        # Looking whether all is done waits for the device: not after every step.
        for _ in range(STEPS):
            further = further[further.long()]
        if torch.equal(further, root):
            return root
        root = further


def _ranges(first: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """All of first, first + 1, ... for each range, one after another, and whose each one is."""
    owner = torch.repeat_interleave(torch.arange(len(count), device=count.device), count)
    before = count.cumsum(0) - count
    within = torch.arange(len(owner), device=count.device) - before[owner]
    return owner, first[owner] + within
