"""The refiner's convolutions in strips of 128 columns, on the chip that they are written for.

Only Hopper has the matrix instructions, and only a triton with Gluon can be asked for them by
name. Gluon calls itself experimental: before it is trusted it convolves a small picture, which is
compared with what torch makes of it.
"""

from __future__ import annotations

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.device import using
from corridorkey_core.keyers.corridorkey.fused.moments import PIXELS, Affine
from corridorkey_core.keyers.corridorkey.refiner import DILATIONS, WIDTH
from corridorkey_core.triton_kernels import cannot_run

_HOPPER = (9, 0)
_NEAR = 0.02  # of values of about 1, in bfloat16


def runs_in_strips(picture: Tensor, width: int) -> bool:
    """Whether a picture [pixels, 64] of some width can be convolved in strips."""
    fits = width % PIXELS == 0 and (len(picture) // width) % PIXELS == 0
    return fits and picture.is_cuda and _runs_on(picture.device, picture.dtype)


def convolve_strips(
    picture: Tensor,
    taps: Tensor,
    dilation: int,
    width: int,
    before: Affine | None,
    answers: tuple[Tensor, ...],
) -> None:
    """Fill `answers` as `convolution.convolved` has them: bias, result, means and squares."""
    from corridorkey_core.keyers.corridorkey.fused.strip_kernels import convolve

    convolve(picture, taps, dilation, width, before, answers)


@functools.cache
def _runs_on(device: torch.device, kind: torch.dtype) -> bool:
    """Whether the kernels run on a device, and compute what they should: tried once."""
    if torch.cuda.get_device_capability(device) != _HOPPER:
        return False
    try:
        with using(device), torch.device(device):
            return all(_is_right(kind, dilation) for dilation in (DILATIONS[0], DILATIONS[-1]))
    except cannot_run():
        return False


def _is_right(kind: torch.dtype, dilation: int) -> bool:
    # Whole numbers, of which sums in float32 are exact, and which differ from place to place.
    place = torch.arange(PIXELS * PIXELS * WIDTH)
    picture = ((place * 37) % 101 % 13 - 6).to(kind).view(-1, WIDTH)
    taps = ((torch.arange(9 * WIDTH * WIDTH) * 29) % 97 % 7 - 3).to(kind).view(9, WIDTH, WIDTH)
    scale, shift = torch.full((WIDTH,), 0.5), torch.arange(WIDTH) % 5 - 2.0
    for before in (None, Affine(scale, shift)):
        found = _in_strips(picture, taps / 256, dilation, before)
        expected = _plainly(picture, taps / 256, dilation, before)
        if not torch.allclose(found, expected, rtol=0.0, atol=_NEAR):
            return False
    return True


def _in_strips(picture: Tensor, taps: Tensor, dilation: int, before: Affine | None) -> Tensor:
    result = torch.empty_like(picture)
    means, squares = torch.empty(2, len(picture) // PIXELS, WIDTH)
    answers = (torch.zeros(WIDTH), result, means, squares)
    convolve_strips(picture, taps, dilation, PIXELS, before, answers)
    return result.float()


def _plainly(picture: Tensor, taps: Tensor, dilation: int, before: Affine | None) -> Tensor:
    if before is not None:
        picture = (picture * before.scale + before.shift).relu()
    rows = F.pad(picture.float().view(PIXELS, PIXELS, WIDTH), (0, 0, *(dilation,) * 4))
    total = torch.zeros(PIXELS, PIXELS, WIDTH)
    for tap, matrix in enumerate(taps.float()):
        down, right = tap // 3 * dilation, tap % 3 * dilation
        total += rows[down : down + PIXELS, right : right + PIXELS] @ matrix
    return total.flatten(0, 1)
