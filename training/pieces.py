"""Examples out of frames of a camera's size: what is there is larger, and seen in part."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from training.examples import Examples, make_examples
from training.looks import Ask, looks

# How many times as large as a piece frames are, and how many times as small they are first seen.
_FRAMES = ((1, 1), (1, 2), (1, 2), (2, 2), (4, 4), (4, 4))


def make_pieces(
    seed: int,
    count: int,
    size: int,
    device: torch.device,
    ask: Ask,
    pictures: Tensor | None = None,
) -> Examples:
    """About `count` examples of `size` × `size`, of whole frames or of larger ones' pieces.

    Larger frames are seen from afar, too: a third more. Pieces that nothing is in doubt in are left
    out. Arguments as of `make_scenes` and `looks`.
    """
    possible = [each for each in _FRAMES if each[0] ** 2 <= max(1, count)]
    times, first = random.Random(seed).choice(possible)
    frames = make_examples(seed, count // times**2, times * size, device, pictures)
    seen = [each for each in looks(frames, first, ask) if each.size >= size]
    if times == 1:
        return seen[-1]
    return _doubted(Examples.of(torch.cat([cut(each, size).stacked() for each in seen])))


def cut(frames: Examples, size: int) -> Examples:
    """All pieces of `size` × `size`, row after row, frame after frame."""
    planes = frames.stacked()
    rows = planes.unfold(2, size, size).unfold(3, size, size)  # [N, C, down, across, size, size]
    return Examples.of(rows.permute(0, 2, 3, 1, 4, 5).flatten(0, 2))


def _doubted(pieces: Examples) -> Examples:
    """Those where a network has a say; the first one always."""
    asked = pieces.planes[:, GATE].amax(dim=(1, 2, 3)) > 0.0
    asked[0] = True
    return pieces.chosen(asked)
