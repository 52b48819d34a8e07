"""What stands before a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
AnyArray = npt.NDArray[Any]
Rng = np.random.Generator
Size = tuple[int, int]


@dataclass(frozen=True)
class Layer:
    """A subject by itself, linear Rec.709 float32.

    `alpha` [H, W] in 0..1 is the truth; `colour` [H, W, 3] straight, as the stage's lamps light it;
    `response` [H, W, 3] straight, what it would throw back of a white screen of level 1 behind it.
    """

    alpha: Array
    colour: Array
    response: Array

    @property
    def size(self) -> Size:
        """Height and width in pixels."""
        height, width = self.alpha.shape
        return height, width

    def crop(self, top: int, left: int, size: Size) -> Layer:
        """A part of it."""
        rows, columns = slice(top, top + size[0]), slice(left, left + size[1])
        return Layer(
            self.alpha[rows, columns], self.colour[rows, columns], self.response[rows, columns]
        )

    def seen_blue(self) -> Layer:
        """The same with green and blue swapped: what is hard before green is then before blue."""
        return Layer(self.alpha, single(self.colour[..., [0, 2, 1]]), self.response[..., [0, 2, 1]])


def single(values: AnyArray) -> Array:
    """The same in single precision."""
    return np.ascontiguousarray(values, np.float32)
