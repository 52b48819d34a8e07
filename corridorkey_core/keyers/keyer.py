"""The edge every keyer meets the pipeline at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from corridorkey_core.screen import Screen


@dataclass(frozen=True)
class Prediction:
    """A keyer's own answer for one frame, before anything is restored, cleaned or despilled.

    `alpha` [1, H, W] is linear coverage in 0..1; `foreground` [3, H, W] is straight, linear
    Rec.709; both float32, of the plate's size, on its device.
    """

    alpha: Tensor
    foreground: Tensor


class Keyer(Protocol):
    """One way of keying, loaded and ready on one device.

    One thread at a time uses it: that which loaded it, as long as a run goes on, and where it is
    kept between runs perhaps another one in the next.
    """

    @property
    def name(self) -> str:
        """The name it is chosen by."""

    @property
    def identity(self) -> str:
        """What changes whenever the same inputs could give other pixels: version, weights."""

    def key(self, plate: Tensor, hint: Tensor, screen: Screen) -> Prediction:
        """Key one frame.

        `plate` [3, H, W] is linear Rec.709 float32, finite, any range, seen as if the screen were
        green: for a blue screen green and blue are swapped before, in `screen.colour` too, and
        swapped back after. `hint` [1, H, W] is float32 in 0..1. Must not change its inputs, nor
        remember anything of a frame that could change another. Raises `KeyingError`.
        """

    def economise(self) -> str | None:
        """Use less device memory from now on, the picture unchanged within its tolerance.

        Called when the device ran out of memory. Returns what was done, in words, or None where
        nothing is left to try.
        """

    def close(self) -> None:
        """Give back the device's memory; a closed keyer keys no more."""
