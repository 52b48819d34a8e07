"""Large frames are looked at from afar first, then nearer, knowing what was said."""

from __future__ import annotations

from itertools import accumulate

import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.keyers.builtin.ask import Ask
from corridorkey_core.keyers.builtin.features import CHANNELS, GATE
from corridorkey_core.keyers.builtin.network import BLOCK, REACH
from corridorkey_core.keyers.builtin.shown import ShownFrame, ShownPlanes
from corridorkey_core.keyers.builtin.tiles import tiles


def looked(ask: Ask, shown: ShownFrame, doubted: Area, pixels: int) -> tuple[Area, Tensor]:
    """An area around what is `doubted`, and what a network says there, [1, 4, H, W] of that size.

    It is asked about so many `pixels` at a time. Each look is given what was said of the same at
    half its size, and sees all that this depends on.
    """
    near, *beyond = _areas(doubted, shown)
    return near, ask(shown.part(near), pixels, _afar(ask, shown, near, beyond, pixels))


def kept_in_mind(said: Tensor, gate: Tensor) -> Tensor:
    """What is kept of what was `said` [N, 4, H, W]: nothing where a network has no say."""
    return said.clamp(-1.0, 1.0) * gate


def _areas(doubted: Area, shown: ShownFrame) -> list[Area]:
    """What is seen of a frame by each look, the nearest one's first."""
    whole, looks = Area.whole(*shown.size), (shown.grid // BLOCK).bit_length()
    reaches = (REACH << look for look in range(looks))
    grown = accumulate(reaches, lambda area, by: area.grown(by, whole), initial=doubted)
    return [area.aligned(shown.grid, whole) for area in grown][1:]


def _afar(
    ask: Ask, shown: ShownFrame, near: Area, beyond: list[Area], pixels: int
) -> Tensor | None:
    """What was said of an area that is `near` at half its size, if that was looked at at all."""
    if not beyond:
        return None
    planes = _halved(shown.part(beyond[-1]), pixels)
    said = None
    for look in reversed(range(len(beyond))):
        within = beyond[look].counted_from(beyond[-1]).shrunk(2)
        seen = F.avg_pool2d(within.of(planes), 1 << look) if look else within.of(planes)
        told = kept_in_mind(ask(ShownPlanes(seen), pixels, said), seen[:, GATE])
        wanted = beyond[look - 1] if look else near
        said = wanted.counted_from(beyond[look]).shrunk(2 << look).of(told)
    return said


def _halved(shown: ShownFrame, pixels: int) -> Tensor:
    """All planes of a frame at half its size, [1, 16, H / 2, W / 2]."""
    height, width = shown.size
    halved = torch.empty(1, CHANNELS, height // 2, width // 2, device=shown.gate.device)
    for tile in tiles(height, width, pixels):
        half = F.avg_pool2d(shown.planes(tile.wanted), 2)
        tile.wanted.shrunk(2).of(halved).copy_(half)
    return halved
