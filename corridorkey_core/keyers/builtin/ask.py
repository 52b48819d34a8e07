"""What it is to ask a network."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from corridorkey_core.keyers.builtin.shown import Shown

# What a network says of what it is shown, corrections [1, 4, H, W] float32 of that size; it is
# asked about so many pixels at a time, and given what was said at half the size, if anything was.
Ask = Callable[[Shown, int, Tensor | None], Tensor]


def by_look(first: Ask, nearer: Ask) -> Ask:
    """Asks `first` of what nothing was said of at half the size, and `nearer` of all else."""

    def ask(shown: Shown, pixels: int, afar: Tensor | None) -> Tensor:
        return (first if afar is None else nearer)(shown, pixels, afar)

    return ask
