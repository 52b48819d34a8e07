"""The refiner in horizontal bands, equal to the whole one.

A group norm measures the whole picture, so a band cannot be finished on its own: bands with their
own statistics give another matte (errors of 0.6 were measured elsewhere). Here every norm is
measured over all bands first, then folded into the convolution before it, and what comes next is
measured on what is exact already.

One picture of 64 channels is held, and overwritten block by block; all else is a few bands high.
For each block, its first convolution runs three times and its second twice. That is 2.3 times the
refiner's work for a third of its memory; recomputing from the start for each norm, which would
hold no picture, would be five times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core.keyers.corridorkey.bias import bias_of
from corridorkey_core.keyers.corridorkey.group_norm import group_moments
from corridorkey_core.keyers.corridorkey.refiner import GAIN, GROUPS, WIDTH, Refiner, ResidualBlock

Band = tuple[int, int]  # first row, and the row after the last


@dataclass(frozen=True)
class Strip:
    """Whole rows of a picture [1, C, rows, W], from row `top` of `height` on."""

    rows: Tensor
    top: int
    height: int

    def around(self, band: Band, reach: int) -> Tensor:
        """A band's rows with `reach` more on either side, zeros outside of the picture."""
        top, bottom = band[0] - reach, band[1] + reach
        above, below = max(0, -top), max(0, bottom - self.height)
        inside = self.rows[:, :, top + above - self.top : bottom - below - self.top]
        return F.pad(inside, (0, 0, above, below)) if above or below else inside


@dataclass(frozen=True)
class Convolution:
    """A 3 × 3 convolution that reaches `dilation` rows up and down."""

    weight: Tensor
    bias: Tensor
    dilation: int

    @classmethod
    def of(cls, layer: nn.Conv2d) -> Convolution:
        """The same as a module's."""
        return cls(layer.weight, bias_of(layer), int(layer.dilation[0]))

    def __call__(self, strip: Strip, band: Band) -> Tensor:
        """The rows of `band`."""
        reach = self.dilation
        rows = strip.around(band, reach)
        return F.conv2d(rows, self.weight, self.bias, padding=(0, reach), dilation=reach)

    def normed(self, norm: nn.GroupNorm, moments: tuple[Tensor, Tensor]) -> Convolution:
        """This convolution with the norm after it folded in; `moments` are of its groups."""
        mean, variance = (moment.repeat_interleave(WIDTH // GROUPS) for moment in moments)
        scale = norm.weight.float() * torch.rsqrt(variance + norm.eps)
        weight = self.weight.float() * scale[:, None, None, None]
        bias = (self.bias.float() - mean) * scale + norm.bias.float()
        kind = self.weight.dtype
        return Convolution(weight.to(kind), bias.to(kind), self.dilation)


class TiledRefiner:
    """Does as a `Refiner` does, `rows` rows at a time; takes one picture, not a batch."""

    def __init__(self, refiner: Refiner, rows: int) -> None:
        self._refiner = refiner
        self._rows = rows

    def __call__(self, seen: Tensor) -> Tensor:
        """The correction [1, 4, H, W] to the logits, in float32, of `seen` [1, 7, H, W]."""
        bands = list(_bands(seen.shape[2], self._rows))
        picture = self._stem(seen, bands)
        for block in self._refiner.blocks:
            _advance(picture, block, bands)
        correction = seen.new_empty((1, 4, *seen.shape[2:]), dtype=torch.float32)
        for top, bottom in bands:
            correction[:, :, top:bottom] = self._refiner.final(picture[:, :, top:bottom])
        return correction.mul_(GAIN)

    def _stem(self, seen: Tensor, bands: list[Band]) -> Tensor:
        layer, norm = self._refiner.stem[0], self._refiner.stem[1]
        if not (isinstance(layer, nn.Conv2d) and isinstance(norm, nn.GroupNorm)):
            raise TypeError("The refiner's stem is a convolution and a group norm.")
        whole = Strip(seen, 0, seen.shape[2])
        plain = Convolution.of(layer)
        normed = plain.normed(norm, _moments(bands, lambda band: plain(whole, band)))
        picture = seen.new_empty((1, WIDTH, *seen.shape[2:]))
        for band in bands:
            picture[:, :, band[0] : band[1]] = normed(whole, band).relu_()
        return picture


def _advance(picture: Tensor, block: ResidualBlock, bands: list[Band]) -> None:
    """Take `picture` through a block, in its place."""
    whole = Strip(picture, 0, picture.shape[2])
    first, second = Convolution.of(block.conv1), Convolution.of(block.conv2)
    first = first.normed(block.gn1, _moments(bands, lambda band: first(whole, band)))
    inner = _inner(first)
    moments = _moments(bands, lambda band: second(inner(whole, band), band))
    second = second.normed(block.gn2, moments)
    for band, strip in _strips_before(picture, bands, 2 * first.dilation):
        change = second(inner(strip, band), band)
        picture[:, :, band[0] : band[1]].add_(change).relu_()


def _inner(first: Convolution) -> Callable[[Strip, Band], Strip]:
    """What a block's second convolution needs for a band: the first's rows around it."""

    def rows(strip: Strip, band: Band) -> Strip:
        top = max(0, band[0] - first.dilation)
        bottom = min(strip.height, band[1] + first.dilation)
        return Strip(first(strip, (top, bottom)).relu_(), top, strip.height)

    return rows


def _strips_before(picture: Tensor, bands: list[Band], reach: int) -> Iterator[tuple[Band, Strip]]:
    """Each band with its surroundings as they were before any band was overwritten."""
    height = picture.shape[2]
    above = picture[:, :, :0]
    for top, bottom in bands:
        rows = torch.cat([above, picture[:, :, top : bottom + reach]], dim=2)
        strip = Strip(rows, top - above.shape[2], height)
        yield (top, bottom), strip
        kept = max(0, bottom - reach)
        above = rows[:, :, max(0, kept - strip.top) : bottom - strip.top].clone()


def _moments(bands: list[Band], rows: Callable[[Band], Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and variance of each group over all bands, in float32.

    Each band has its own, joined by Chan, Golub and LeVeque, 1979: no large sums of squares, so
    nothing cancels, and no float64, which not every device has.
    """
    parts = [group_moments(rows(band), GROUPS) for band in bands]
    means, variances = (torch.stack(part) for part in zip(*parts, strict=True))
    share = torch.tensor([bottom - top for top, bottom in bands], device=means.device)[:, None]
    share = share / share.sum()
    mean = (share * means).sum(0)
    return mean, (share * (variances + (means - mean) ** 2)).sum(0)


def _bands(height: int, rows: int) -> Iterator[Band]:
    for top in range(0, height, rows):
        yield top, min(height, top + rows)
