"""Examples out of frames of a camera's size: what is there is larger, and seen in part."""

from __future__ import annotations

import random

import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from training.examples import Examples, make_examples
from training.lessons import Lesson
from training.looks import Asks


def make_pieces(
    seed: int,
    count: int,
    size: int,
    device: torch.device,
    lesson: Lesson,
    asks: Asks,
    pictures: Tensor | None = None,
) -> Examples:
    """About `count` examples of `size` × `size` for a `lesson`: frames, or larger ones' pieces.

    Frames that are seen from afar are fewer, or more. Pieces that nothing is in doubt in are left
    out. Arguments as of `make_scenes` and `looks`.
    """
    possible = [each for each in lesson.frames if each[0] ** 2 <= max(1, count)]
    times, afar = random.Random(seed).choice(possible)
    frames = make_examples(seed, count // times**2, times * size, device, pictures)
    seen = lesson.taken(frames, afar, asks)
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
