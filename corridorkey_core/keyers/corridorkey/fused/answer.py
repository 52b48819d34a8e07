"""The network's logits as linear light at a plate's size, in two steps.

As `picture.prediction` has it: the curve is undone at the network's size, and what comes out is
enlarged bicubically, by the weights that torch's antialiased resizing has where it enlarges.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs

_PIXELS = 1024
_COLUMNS = 256


def answer(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Alpha and linear foreground [4, H, W] in 0..1 of logits [1, 4, S, S]; H and W at least S."""
    edge = logits.shape[-1]
    light = torch.empty((4, edge, edge), dtype=torch.float32, device=logits.device)
    count = edge * edge
    _undo[(programs(count, _PIXELS), 4)](logits.contiguous(), light, count, _PIXELS)
    height, width = size
    result = light.new_empty((4, height, width))
    grid = (programs(width, _COLUMNS), height)
    _enlarge[grid](light, result, edge, height, width, edge / height, edge / width, _COLUMNS)
    return result


@triton.jit
def _undo(logits, light, count, PIXELS: tl.constexpr):
    channel = tl.program_id(1)
    place = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = place < count
    value = tl.sigmoid(tl.load(logits + channel * count + place, mask=there, other=0.0))
    curved = tl.exp2(2.4 * tl.log2((value + 0.055) / 1.055))
    decoded = tl.where(value <= 0.04045, value / 12.92, curved)
    value = tl.where(channel == 0, value, decoded)
    tl.store(light + channel * count + place, value, mask=there)


@triton.jit
def _cubic(away):
    """Keys's curve with a = -1/2, up to two pixels away."""
    away = tl.abs(away)
    near = (1.5 * away - 2.5) * away * away + 1.0
    far = ((-0.5 * away + 2.5) * away - 4.0) * away + 2.0
    return tl.where(away < 1.0, near, tl.where(away < 2.0, far, 0.0))


@triton.jit
def _tap(first, tap, centre, edge):
    """The weight of a tap, and where it is; one outside weighs nothing."""
    place = first + tap
    inside = (place >= 0) & (place < edge)
    weight = tl.where(inside, _cubic(place + 0.5 - centre), 0.0)
    return weight, tl.minimum(tl.maximum(place, 0.0), edge - 1.0).to(tl.int32)


@triton.jit(do_not_specialize=["edge", "height", "width", "down", "across"])
def _enlarge(light, result, edge, height, width, down, across, COLUMNS: tl.constexpr):
    row = tl.program_id(1)
    column = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    there = column < width
    centre_y, centre_x = (row + 0.5) * down, (column.to(tl.float32) + 0.5) * across
    top, left = tl.floor(centre_y - 1.5), tl.floor(centre_x - 1.5)
    total = tl.zeros((COLUMNS,), tl.float32)
    for tap in tl.static_range(4):
        total += _tap(left, tap, centre_x, edge)[0]
    height_of_taps = 0.0
    for tap in tl.static_range(4):
        height_of_taps += _tap(top, tap, centre_y, edge)[0]
    for channel in tl.static_range(4):
        value = tl.zeros((COLUMNS,), tl.float32)
        for below in tl.static_range(4):
            weight, y = _tap(top, below, centre_y, edge)
            start = light + (channel * edge + y) * edge
            line = tl.zeros((COLUMNS,), tl.float32)
            for right in tl.static_range(4):
                share, x = _tap(left, right, centre_x, edge)
                line += share * tl.load(start + x, mask=there, other=0.0)
            value += weight * line
        # Bicubic overshoots beside edges; nothing is below 0 or above 1 before it.
        value = tl.minimum(tl.maximum(value / (total * height_of_taps), 0.0), 1.0)
        tl.store(result + (channel * height + row) * width + column, value, mask=there)
