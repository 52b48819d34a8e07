"""Blur and running extremes along an axis in one step each, where triton runs.

By torch alone a blur takes forty steps and an extreme ten, and small pictures wait for the
processor to ask for them.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from corridorkey_core.triton_kernels import Trial, tried_on

FARTHEST = 32  # radius of an extreme; beyond it steps that double are quicker


def weighed(image: Tensor, taps: Sequence[float], axis: int) -> Tensor | None:
    """`image` [..., H, W] float32 weighed along its axis -1 or -2 by `taps`, edges repeated.

    `taps` are those of the middle and of one side. None where it has to be done otherwise.
    """
    if not _is_for(image):
        return None
    from corridorkey_core.along_axis_kernels import weigh

    return weigh(image, _on(image.device, tuple(taps)), axis)


def extreme(image: Tensor, radius: int, axis: int, *, largest: bool) -> Tensor | None:
    """The largest or smallest of `image` [..., H, W] float32 up to `radius` pixels along an axis.

    Outside the picture is ignored. None where it has to be done otherwise.
    """
    if radius > FARTHEST or not _is_for(image):
        return None
    from corridorkey_core.along_axis_kernels import find_extreme

    return find_extreme(image, radius, axis, largest=largest)


@functools.cache
def trial(device: torch.device) -> Trial:
    """Whether the kernels can be used on a device, and why not: tried once."""
    return tried_on(device, _try_all)


def _is_for(image: Tensor) -> bool:
    return image.is_cuda and image.dtype == torch.float32 and trial(image.device).passed


def _try_all() -> None:
    from corridorkey_core.along_axis_kernels import find_extreme, weigh

    image = torch.zeros(1, 8, 8)
    weigh(image, torch.ones(2), -1)
    for largest in (True, False):
        find_extreme(image, 1, -1, largest=largest)


@functools.lru_cache(maxsize=64)
def _on(device: torch.device, taps: tuple[float, ...]) -> Tensor:
    with torch.inference_mode(False):
        return torch.tensor(taps, device=device)
