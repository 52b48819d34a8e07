"""Both decoder heads at once: four scales of features to four channels of coarse logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
import triton
import triton.language as tl
from torch import Tensor

from corridorkey_core.kernel_grid import programs
from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.decoder import WIDTH
from corridorkey_core.keyers.corridorkey.fold import FoldedDecoder

_PIXELS = 16


@dataclass(frozen=True)
class Heads:
    """Alpha's head, then the foreground's.

    `matrices` [512, C] of each scale, fine to coarse, and `shift` [512]; `weight` [2, 4, 256] and
    `bias` [2, 4] of the classifiers in float32, of which alpha uses the first and the foreground
    the others.
    """

    matrices: tuple[Tensor, ...]
    shift: Tensor
    weight: Tensor
    bias: Tensor

    @classmethod
    def of(cls, alpha: FoldedDecoder, foreground: FoldedDecoder) -> Heads:
        """The same as two folded decoders."""
        both = (alpha, foreground)
        names = [f"matrix{scale}" for scale in range(4)]
        matrices = tuple(torch.cat([head.get_buffer(name) for head in both]) for name in names)
        weight = alpha.classifier.weight.new_zeros((2, 4, WIDTH), dtype=torch.float32)
        bias = weight.new_zeros((2, 4))
        for index, (head, first) in enumerate(zip(both, (0, 1), strict=True)):
            layer = head.classifier
            last = first + layer.out_channels
            weight[index, first:last] = layer.weight[:, :, 0, 0].float()
            bias[index, first:last] = bias_of(layer).float()
        shift = torch.cat([head.get_buffer("shift") for head in both])
        return cls(matrices, shift, weight, bias)

    def __call__(self, features: Sequence[Tensor], orders: Sequence[Tensor], edge: int) -> Tensor:
        """Logits [4, edge, edge] in float32.

        `features` are tokens [1, units, n, C] as the encoder orders them, fine to coarse, and
        `orders` say where each token of the raster is among them.
        """
        hidden = [
            F.linear(tokens.flatten(0, 2), matrix, self.shift if scale == 0 else None)
            for scale, (tokens, matrix) in enumerate(zip(features, self.matrices, strict=True))
        ]
        logits = torch.empty((4, edge, edge), dtype=torch.float32, device=hidden[0].device)
        _classify[(programs(edge * edge, _PIXELS), 2)](
            *hidden, *orders, self.weight, self.bias, logits, edge, WIDTH, _PIXELS, num_warps=4
        )
        return logits


@triton.jit
def _row(hidden, order, row, column, edge, head, there, WIDTH: tl.constexpr):
    token = tl.load(order + row * edge + column, mask=there, other=0)
    channel = tl.arange(0, WIDTH)
    place = token[:, None] * (2 * WIDTH) + head * WIDTH + channel[None, :]
    return tl.load(hidden + place, mask=there[:, None], other=0.0).to(tl.float32)


@triton.jit
def _grown(hidden, order, row, column, edge, factor, head, there, WIDTH: tl.constexpr):
    """A coarser scale at places of the finest, bilinear; `edge` is its own."""
    y = tl.maximum((row.to(tl.float32) + 0.5) / factor - 0.5, 0.0)
    x = tl.maximum((column.to(tl.float32) + 0.5) / factor - 0.5, 0.0)
    top, left = y.to(tl.int32), x.to(tl.int32)
    down, right = (y - top)[:, None], (x - left)[:, None]
    bottom, beside = tl.minimum(top + 1, edge - 1), tl.minimum(left + 1, edge - 1)
    a = _row(hidden, order, top, left, edge, head, there, WIDTH)
    b = _row(hidden, order, top, beside, edge, head, there, WIDTH)
    c = _row(hidden, order, bottom, left, edge, head, there, WIDTH)
    d = _row(hidden, order, bottom, beside, edge, head, there, WIDTH)
    return (1 - down) * ((1 - right) * a + right * b) + down * ((1 - right) * c + right * d)


@triton.jit
def _classify(
    hidden0,
    hidden1,
    hidden2,
    hidden3,
    order0,
    order1,
    order2,
    order3,
    weight,
    bias,
    logits,
    edge,
    WIDTH: tl.constexpr,
    PIXELS: tl.constexpr,
):
    head = tl.program_id(1)
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    there = pixel < edge * edge
    row, column = pixel // edge, pixel % edge
    total = _row(hidden0, order0, row, column, edge, head, there, WIDTH)
    total += _grown(hidden1, order1, row, column, edge // 2, 2, head, there, WIDTH)
    total += _grown(hidden2, order2, row, column, edge // 4, 4, head, there, WIDTH)
    total += _grown(hidden3, order3, row, column, edge // 8, 8, head, there, WIDTH)
    total = tl.maximum(total, 0.0)
    channel = tl.arange(0, WIDTH)
    for out in tl.static_range(4):
        factor = tl.load(weight + (head * 4 + out) * WIDTH + channel)
        logit = tl.sum(total * factor[None, :], axis=1) + tl.load(bias + head * 4 + out)
        mine = there & (head == (out + 3) // 4)
        tl.store(logits + out * edge * edge + pixel, logit, mask=mine)
