"""The order that Hiera keeps its tokens in: by mask unit, then by quarters within it.

A mask unit is a square of 8 × 8 tokens. Within it a token's number is written in base four, one
digit for each halving of the square, coarsest first. So the four tokens that one pooling step
joins lie side by side, before and after every pooling, and attention within units needs no
copying. Ryali et al., Hiera, 2023, section 3 and appendix.
"""

from __future__ import annotations

import torch
from torch import Tensor

UNIT_LEVELS = 3  # halvings of a unit: 8 tokens a side, then 4, 2 and 1


def unit_order(rows: int, columns: int, levels: int) -> Tensor:
    """The raster index of every token, in the order of the units.

    A grid of `rows` × `columns` tokens, both multiples of 2^levels. Returns int64
    [rows × columns].
    """
    edge = 2**levels
    # The indices are facts, not weights: a network made without memory must have them still.
    grid = torch.arange(rows * columns, device="cpu")
    halves = [2] * levels
    split = grid.view(rows // edge, *halves, columns // edge, *halves)
    axes = [axis for level in range(levels + 1) for axis in (level, level + levels + 1)]
    return split.permute(axes).reshape(-1)


def raster_order(rows: int, columns: int, levels: int) -> Tensor:
    """Where each token of the raster lies among the units: the inverse of `unit_order`."""
    order = unit_order(rows, columns, levels)
    inverse = torch.empty_like(order)
    inverse[order] = torch.arange(len(order), device="cpu")
    return inverse
