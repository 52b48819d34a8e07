"""Every kernel compiled before the first frame needs it, side by side.

One after another they take ten to twenty seconds where triton's cache is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.device import using
from corridorkey_core.keyers.corridorkey.decoder import WIDTH as HEAD
from corridorkey_core.keyers.corridorkey.fused.answer import answer
from corridorkey_core.keyers.corridorkey.fused.convolution import Convolution, convolved
from corridorkey_core.keyers.corridorkey.fused.heads import Heads
from corridorkey_core.keyers.corridorkey.fused.moments import Affine
from corridorkey_core.keyers.corridorkey.fused.patches import Patches
from corridorkey_core.keyers.corridorkey.fused.refine import (
    corrected,
    normed_,
    normed_and_added_,
    seen_by_refiner,
)
from corridorkey_core.keyers.corridorkey.fused.stem import SEEN, Stem
from corridorkey_core.keyers.corridorkey.fused.tokens import add_norm, gelu_
from corridorkey_core.keyers.corridorkey.fused.unit_attention import attended_within
from corridorkey_core.keyers.corridorkey.hiera import CHANNELS, HEADS, WITHIN_UNITS
from corridorkey_core.keyers.corridorkey.mask_units import UNIT_LEVELS, raster_order, unit_order
from corridorkey_core.keyers.corridorkey.refiner import GROUPS, WIDTH

SIZE, EDGE = 512, 128  # of a picture and of its tokens: kernels are the same for all sizes
_THREADS = 8
Step = Callable[[], object]


def compile_ahead(device: torch.device, arithmetic: torch.dtype) -> None:
    """Compile all kernels by using each on pictures of nothing; returns when all are done.

    One that fails does so again where it is needed, and is told there.
    """
    with torch.device(device), ThreadPoolExecutor(_THREADS, "corridorkey-compile") as pool:
        wait([pool.submit(_quietly, device, step) for step in _steps(arithmetic)])


def _quietly(device: torch.device, step: Step) -> None:
    with torch.inference_mode(), using(device), torch.device(device):
        step()


def _steps(kind: torch.dtype) -> Iterator[Step]:
    empty = partial(torch.zeros, dtype=kind)
    norm = Affine(torch.zeros(WIDTH), torch.zeros(WIDTH))
    coarse, inputs = torch.zeros(4, EDGE, EDGE), empty(1, 4, SIZE, SIZE)
    picture, change = (empty(SIZE * SIZE, WIDTH) for _ in range(2))
    final = (torch.zeros(4, WIDTH), torch.zeros(4))
    for before in (None, norm):
        yield partial(_convolve, picture.clone(), kind, before)
    yield partial(_begin, empty(SIZE * SIZE, SEEN), kind)
    yield partial(answer, torch.zeros(1, 4, EDGE, EDGE), (EDGE, EDGE))
    yield partial(_patches, inputs)
    yield partial(_heads, kind)
    yield partial(seen_by_refiner, inputs, coarse)
    yield partial(normed_, picture, norm)
    yield partial(normed_and_added_, picture, change, norm)
    yield partial(corrected, picture, change, norm, final, coarse, SIZE, 1.0)
    for channels in CHANNELS:
        tokens = empty(1, 16, 64, channels)
        yield partial(add_norm, tokens, tokens.clone(), nn.LayerNorm(channels, dtype=kind))
    for stage, within in enumerate(WITHIN_UNITS):
        for further in (0, 1) if within else ():
            heads = HEADS[stage + further]
            split = empty(1, 16, 4 ** (UNIT_LEVELS - stage), 3 * CHANNELS[stage + further])
            yield partial(attended_within, split, heads, pools=bool(further))
    # What torch itself does is slow to begin with, too.
    yield partial(F.linear, empty(EDGE, EDGE), empty(EDGE, EDGE), empty(EDGE))
    part = empty(1, HEADS[2], EDGE, CHANNELS[2] // HEADS[2])
    yield partial(F.scaled_dot_product_attention, part, part, part)
    yield partial(gelu_, empty(1, 16, 64, 4 * CHANNELS[0]))


def _convolve(picture: Tensor, kind: torch.dtype, before: Affine | None) -> None:
    layer = nn.Conv2d(WIDTH, WIDTH, 3, padding=1, dtype=kind)
    norm = nn.GroupNorm(GROUPS, WIDTH, dtype=kind)
    convolved(picture, Convolution.of(layer), norm, SIZE, before)


def _begin(picture: Tensor, kind: torch.dtype) -> None:
    layer = nn.Conv2d(SEEN - 1, WIDTH, 3, padding=1, dtype=kind)
    Stem.of(layer)(picture, nn.GroupNorm(GROUPS, WIDTH, dtype=kind), SIZE)


def _patches(inputs: Tensor) -> None:
    order = unit_order(EDGE, EDGE, UNIT_LEVELS).to(inputs.device)
    places = inputs.new_zeros(EDGE**2, CHANNELS[0])
    norm = nn.LayerNorm(CHANNELS[0], dtype=inputs.dtype)
    Patches(inputs.new_zeros(256, 128), places, order, norm)(inputs)


def _heads(kind: torch.dtype) -> None:
    scales = range(UNIT_LEVELS + 1)
    features = [
        torch.zeros(1, (EDGE >> UNIT_LEVELS) ** 2, 4 ** (UNIT_LEVELS - k), CHANNELS[k], dtype=kind)
        for k in scales
    ]
    orders = [
        raster_order(EDGE >> k, EDGE >> k, UNIT_LEVELS - k).to(features[0].device) for k in scales
    ]
    matrices = tuple(torch.zeros(2 * HEAD, channels, dtype=kind) for channels in CHANNELS)
    shift = torch.zeros(2 * HEAD, dtype=kind)
    Heads(matrices, shift, torch.zeros(2, 4, HEAD), torch.zeros(2, 4))(features, orders, EDGE)
