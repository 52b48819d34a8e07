"""The refiner's convolutions in strips of 256 columns, on the chip that they are written for.

Only Hopper has the matrix instructions, and only a triton with Gluon can be asked for them by
name. Gluon calls itself experimental: before it is trusted it convolves a small picture, which is
compared with what torch makes of it.
"""

from __future__ import annotations

import functools
import math
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.corridorkey.fused.moments import Affine, Measured
from corridorkey_core.keyers.corridorkey.refiner import DILATIONS, WIDTH
from corridorkey_core.triton_kernels import Trial, tried_on

COLUMNS = 256  # of a strip
FEWEST = 8  # steps down a strip; a picture's height is a multiple of this, at every dilation
_TRIED = (256, 2 * COLUMNS)  # a small picture, of more strips than one
_HOPPER = (9, 0)
_NEAR = 0.01  # of values of about 1, in bfloat16


def runs_in_strips(picture: Tensor, width: int) -> bool:
    """Whether a picture [pixels, 64] of some width can be convolved in strips."""
    fits = width % COLUMNS == 0 and (len(picture) // width) % (FEWEST * DILATIONS[-1]) == 0
    return fits and picture.is_cuda and trial(picture.device, picture.dtype).passed


def convolved_in_strips(
    picture: Tensor, taps: Tensor, dilation: int, width: int, before: Affine | None
) -> Measured:
    """The convolution of a picture by `taps` [9, 64, 64], after a norm that it may lack."""
    from corridorkey_core.keyers.corridorkey.fused.strip_kernels import convolve

    return convolve(picture, taps, dilation, width, before)


@functools.cache
def trial(device: torch.device, kind: torch.dtype) -> Trial:
    """Whether the kernels run on a device and compute what they should, and why not: tried once.

    A device of another kind has none, and no reason to give.
    """
    if torch.cuda.get_device_capability(device) != _HOPPER:
        return Trial(False)
    return tried_on(device, partial(_try_all, kind))


def _try_all(kind: torch.dtype) -> None:
    if not all(_is_right(kind, dilation) for dilation in (DILATIONS[0], DILATIONS[-1])):
        raise RuntimeError("they do not compute what torch does")


def _is_right(kind: torch.dtype, dilation: int) -> bool:
    # Few bits a number, so that products are exact, and no two places alike.
    count = math.prod(_TRIED) * WIDTH
    picture = ((torch.arange(count) * 37) % 101 % 13 - 6).to(kind).view(-1, WIDTH)
    taps = ((torch.arange(9 * WIDTH * WIDTH) * 29) % 97 % 7 - 3).to(kind) / 256
    taps = taps.view(9, WIDTH, WIDTH)
    norm = Affine(torch.full((WIDTH,), 0.5), torch.arange(WIDTH) % 5 - 2.0)
    for before in (None, norm):
        found = convolved_in_strips(picture, taps, dilation, _TRIED[1], before)
        expected = _plainly(picture, taps, dilation, _TRIED[1], before)
        means = found.moments[0].mean(0)
        if not _alike(found.result, expected) or not _alike(means, expected.mean(0)):
            return False
    return True


def _alike(found: Tensor, expected: Tensor) -> bool:
    return torch.allclose(found.float(), expected, rtol=_NEAR, atol=_NEAR)


def _plainly(
    picture: Tensor, taps: Tensor, dilation: int, width: int, before: Affine | None
) -> Tensor:
    if before is not None:
        picture = (picture * before.scale + before.shift).relu()
    rows = F.pad(picture.float().view(-1, width, WIDTH), (0, 0, *(dilation,) * 4))
    total = torch.zeros(len(picture) // width, width, WIDTH)
    for tap, matrix in enumerate(taps.float()):
        down, right = tap // 3 * dilation, tap % 3 * dilation
        total += rows[down : down + len(total), right : right + width] @ matrix
    return total.flatten(0, 1)
