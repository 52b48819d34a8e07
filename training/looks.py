"""Frames as the keyer looks at them: from afar first, then nearer, knowing what it said before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from corridorkey_core.keyers.builtin.looks import kept_in_mind
from corridorkey_core.keyers.builtin.network import OUTPUTS
from training.examples import Examples

Ask = Callable[[Examples], Tensor]


@dataclass(frozen=True)
class Asks:
    """Whom to ask of the `first` look at frames, and whom of `nearer` ones."""

    first: Ask
    nearer: Ask


def looks(frames: Examples, times: int, asks: Asks) -> Iterator[Examples]:
    """The `frames` so many `times` smaller, a power of 2, then at twice that size, up to theirs.

    From the second on each is shown what was said of the one before.
    """
    seen, ask = from_afar(frames, times), asks.first
    yield seen
    while times > 1:
        times //= 2
        with torch.no_grad():
            said = kept_in_mind(ask(seen), seen.planes[:, GATE])
        afar = F.interpolate(said, scale_factor=2.0, mode="nearest")
        seen, ask = replace(from_afar(frames, times), afar=afar), asks.nearer
        yield seen


def from_afar(frames: Examples, times: int) -> Examples:
    """Frames so many times smaller, of which nothing was said: means over squares, of true colours
    as far as they are seen."""
    if times == 1:
        return frames
    parts = (frames.planes, frames.alpha, frames.prior, frames.say)
    planes, alpha, prior, say = (F.avg_pool2d(each, times) for each in parts)
    seen = F.avg_pool2d(frames.code * frames.alpha, times) / alpha.clamp_min(1e-4)
    code = torch.where(alpha > 1e-4, seen, F.avg_pool2d(frames.code, times))
    return Examples(planes, alpha, code, prior, say, torch.zeros_like(planes[:, :OUTPUTS]))
