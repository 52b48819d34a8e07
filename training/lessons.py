"""What each set of weights learns: which frames are made for it, and which looks it takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from corridorkey_core.keyers.builtin.weights import FIRST, NEARER, Shipped
from training.examples import Examples
from training.looks import Asks, looks


@dataclass(frozen=True)
class Lesson:
    """What a set of weights learns that the package `ships`.

    `frames`: how many times as large as an example they are, and how many times as small they are
    first seen; one of these is drawn for each batch, and held-out ones are `judged`. Looks are
    taken from the one of number `begin` on, up to that of number `end`.
    """

    ships: Shipped
    frames: tuple[tuple[int, int], ...]
    judged: tuple[int, int]
    begin: int
    end: int | None

    def taken(self, frames: Examples, times: int, asks: Asks) -> list[Examples]:
        """The looks at `frames` that this is learnt from; see `looks`."""
        return list(islice(looks(frames, times, asks), self.begin, self.end))


LESSONS = {
    "first": Lesson(FIRST, ((1, 1), (1, 1), (2, 1), (2, 2)), (1, 1), 0, 1),
    "nearer": Lesson(NEARER, ((1, 2), (1, 2), (2, 2), (2, 2), (4, 2), (4, 4)), (2, 2), 1, None),
}
