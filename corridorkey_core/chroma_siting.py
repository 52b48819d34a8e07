"""Where a file's halved chroma lies among its pixels, and what luma foretells of it from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from corridorkey_core.resample import extended

ACROSS, DOWN = -1, -2
_FAINT = 1e-4  # variance of luma, in code values, that foretells little


@dataclass(frozen=True)
class Siting:
    """How a file makes one sample of two pixels along an axis; pictures [C, ..., H, W].

    `halved` does so to a plane, `samples` are those of a plane that was halved and enlarged again,
    `spread` enlarges them as far as they are known, `between` what changes smoothly.
    """

    halved: Callable[[Tensor, int], Tensor]
    samples: Callable[[Tensor, int], Tensor]
    spread: Callable[[Tensor, int, int], Tensor]
    between: Callable[[Tensor, int, int], Tensor]


@dataclass(frozen=True)
class Samples:
    """Luma and chroma of a plate, halved along an axis by a siting, and how chroma follows luma.

    `alike` is their covariance in 3 × 3 of them, `slope` how chroma changes with luma there.
    """

    luma: Tensor
    chroma: Tensor
    alike: Tensor
    slope: Tensor

    @classmethod
    def of(cls, luma: Tensor, chroma: Tensor, axis: int, siting: Siting) -> Samples:
        """Of luma [1, ..., H, W] and chroma [2, ..., H, W]."""
        low, coarse = siting.halved(luma, axis), siting.samples(chroma, axis)
        both = _alike(low, coarse)
        return cls(low, coarse, both, both / (_alike(low, low) + _FAINT))

    @property
    def explained(self) -> Tensor:
        """The share of chroma's variance that luma's explains, [1, ..., 1, 1, 1].

        Pictures are [C, ..., B, H, W], of which B parts count as one.
        """
        parts = (self.slope * self.alike, _alike(self.chroma, self.chroma))
        told, varied = (part.sum((0, -3, -2, -1), keepdim=True) for part in parts)
        return told / varied.clamp_min(1e-9)


@dataclass(frozen=True)
class Foretold:
    """What samples say of pixels by themselves, `spread`, and the `detail` that luma adds."""

    spread: Tensor
    detail: Tensor


def foretold(luma: Tensor, samples: Samples, axis: int, siting: Siting) -> Foretold:
    """By luma [1, ..., H, W], what chroma [2, ..., H, W] was before it was halved along `axis`."""
    length = luma.shape[axis]
    finer = luma - siting.spread(samples.luma, axis, length)
    detail = siting.between(samples.slope, axis, length) * finer
    return Foretold(siting.spread(samples.chroma, axis, length), detail)


def _alike(one: Tensor, other: Tensor) -> Tensor:
    """The covariance of two pictures in 3 × 3 of them."""
    return _around(one * other) - _around(one) * _around(other)


def _pairs(image: Tensor, axis: int) -> Tensor:
    """Means of two and two along `axis`; a last one without a fellow stands alone."""
    first, second = _every(image, axis, 0), _every(image, axis, 1)
    alone = image.narrow(axis, image.shape[axis] - 1, image.shape[axis] % 2)
    paired = 0.5 * (first.narrow(axis, 0, second.shape[axis]) + second)
    return torch.cat([paired, alone], axis)


def _first(image: Tensor, axis: int) -> Tensor:
    return _every(image, axis, 0)


def _about_first(image: Tensor, axis: int) -> Tensor:
    """Means about the first of two and two: a half of it, a quarter of each beside it."""
    size = image.shape[axis]
    wide = extended(image, 1, axis)
    beside = wide.narrow(axis, 0, size) + wide.narrow(axis, 2, size)
    return _every(0.5 * image + 0.25 * beside, axis, 0)


def _every(image: Tensor, axis: int, offset: int) -> Tensor:
    return image[..., offset::2] if axis == ACROSS else image[..., offset::2, :]


def _repeated(low: Tensor, axis: int, length: int) -> Tensor:
    return low.repeat_interleave(2, axis).narrow(axis, 0, length)


def _between_amid(low: Tensor, axis: int, length: int) -> Tensor:
    """Interpolated to twice as many along `axis`, of which `length` are wanted."""
    size, wide = low.shape[axis], extended(low, 1, axis)
    near = 0.75 * low
    sides = [near + 0.25 * wide.narrow(axis, side, size) for side in (0, 2)]
    return _in_turn(sides, axis, length)


def _between_first(low: Tensor, axis: int, length: int) -> Tensor:
    """Each, and the mean of it and the next one, in turn."""
    size, wide = low.shape[axis], extended(low, 1, axis)
    return _in_turn([low, 0.5 * (low + wide.narrow(axis, 2, size))], axis, length)


def _in_turn(sides: list[Tensor], axis: int, length: int) -> Tensor:
    place = sides[0].dim() + axis
    return torch.stack(sides, place + 1).flatten(place, place + 1).narrow(axis, 0, length)


def _around(image: Tensor) -> Tensor:
    """The mean of 3 × 3, edges repeated."""
    for axis in (ACROSS, DOWN):
        size, wide = image.shape[axis], extended(image, 1, axis)
        image = (wide.narrow(axis, 0, size) + image + wide.narrow(axis, 2, size)) / 3.0
    return image


AMID = Siting(_pairs, _pairs, _repeated, _between_amid)
"""Samples lie between two pixels: JPEG, MPEG-1, and down the rows of most else."""

LEFT = Siting(_about_first, _first, _between_first, _between_first)
"""Samples lie on the left one of two pixels: MPEG-2, H.264, ProRes by their standards."""
