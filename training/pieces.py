"""Examples out of frames of a camera's size: what is there is larger, and seen in part."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from training.examples import Examples, make_examples

_TIMES = (1, 1, 1, 2, 3, 4)  # how many times as large as a piece frames are


def make_pieces(
    seed: int, count: int, size: int, device: torch.device, pictures: Tensor | None = None
) -> Examples:
    """At most `count` examples of `size` × `size`, of whole frames or of larger ones' pieces.

    Pieces that nothing is in doubt in are left out. Arguments as of `make_scenes`.
    """
    possible = [times for times in _TIMES if times * times <= max(1, count)]
    times = random.Random(seed).choice(possible)
    frames = make_examples(seed, count // times**2, times * size, device, pictures)
    return frames if times == 1 else _doubted(cut(frames, size))


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
