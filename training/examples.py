"""Scenes as the network sees them, with what it should say."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import CHANNELS, encoded, features, say
from corridorkey_core.keyers.builtin.network import OUTPUTS
from corridorkey_core.keyers.builtin.shown import shown_frame
from training.scenes import Scenes, make_scenes

_FULL = 0.25  # as in the chroma keyer: what the strongest of a hint must reach to count as full
PLANES = CHANNELS + 8 + OUTPUTS  # of all parts of an example together


@dataclass(frozen=True)
class Examples:
    """`planes` [N, 16, H, W] of features, and what the keyer and its judges know besides.

    True `alpha` [N, 1, H, W]; true `code` [N, 3, H, W], the foreground's; `prior` [N, 3, H, W],
    what the foreground of mixed pixels should look like; `say` [N, 1, H, W], where a matte may
    follow the network; `afar` [N, 4, H, W], what was said of them at half the size, every pixel
    of it four times, 0 where nothing was. Colours are encoded for a display as in the features.
    """

    planes: Tensor
    alpha: Tensor
    code: Tensor
    prior: Tensor
    say: Tensor
    afar: Tensor

    @classmethod
    def of(cls, stacked: Tensor) -> Examples:
        """Examples from their parts in order, [N, 28, H, W]."""
        return cls(*torch.split(stacked, [CHANNELS, 1, 3, 3, 1, OUTPUTS], dim=1))

    def stacked(self) -> Tensor:
        """All parts in order, [N, 28, H, W]."""
        return torch.cat([getattr(self, part.name) for part in fields(self)], dim=1)

    def copied(self) -> Examples:
        """A copy, each part of it in one piece."""
        parts = [getattr(self, part.name) for part in fields(self)]
        return Examples(*(part.clone(memory_format=torch.contiguous_format) for part in parts))

    def chosen(self, which: Tensor) -> Examples:
        """Copies of some: of those where `which` [N] is true."""
        return Examples(*(getattr(self, part.name)[which] for part in fields(self)))

    def take(self, others: Examples) -> None:
        """Become `others` of the same shapes, in place."""
        for part in fields(self):
            getattr(self, part.name).copy_(getattr(others, part.name))

    @property
    def size(self) -> int:
        """How many pixels across they are."""
        return self.planes.shape[-1]

    def __len__(self) -> int:
        return len(self.planes)


def make_examples(
    seed: int, count: int, size: int, device: torch.device, pictures: Tensor | None = None
) -> Examples:
    """Examples from scenes of a seed; see `make_scenes`."""
    with torch.no_grad():
        return seen(make_scenes(seed, count, size, device, pictures))


def seen(scenes: Scenes) -> Examples:
    """What the keyer would make of these scenes before it asks its network.

    As `BuiltinKeyer.key`, but for hints that are no more than boxes: training has none.
    """
    plate, hint = (each.movedim(1, 0).contiguous() for each in (scenes.plate, scenes.hint))
    hint = hint / hint.amax(dim=(-2, -1), keepdim=True).clamp(_FULL, 1.0)
    shown = shown_frame(plate, plate, hint, None)
    found, gate = shown.found, shown.gate
    planes = features(plate, hint, found, shown.foreground, gate)
    known = (each.movedim(0, 1) for each in (planes, encoded(found.prior), say(found, gate)))
    stacked, prior, followed = known
    nothing = stacked.new_zeros(1).expand(len(stacked), OUTPUTS, *stacked.shape[-2:])
    return Examples(stacked, scenes.alpha, encoded(scenes.foreground), prior, followed, nothing)
