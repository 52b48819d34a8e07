"""How large things that a camera sees are in pixels, by the size of its frames."""

from __future__ import annotations

from torch import Tensor

from training.dice import Dice

_USUAL = 512  # pixels across, that widths and blurs are told for


def frame_scale(size: int) -> float:
    """How many times as wide what lies in a frame of so many pixels across is; 1 up to 512."""
    return max(1.0, size / _USUAL)


def times_as_wide(dice: Dice, size: int) -> Tensor:
    """How many times as wide one thing is in frames of that size, [N, 1, 1, 1]: 1 to the scale."""
    return frame_scale(size) ** dice.uniform(0.0, 1.0)
