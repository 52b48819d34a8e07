"""Some rows and columns of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Area:
    """Slices with a start and a stop each, of pictures [..., H, W]."""

    rows: slice
    columns: slice

    @classmethod
    def whole(cls, height: int, width: int) -> Area:
        """All of a picture."""
        return cls(slice(0, height), slice(0, width))

    @property
    def size(self) -> tuple[int, int]:
        """H and W."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start

    def of(self, picture: Tensor) -> Tensor:
        """A view of it in a picture [..., H, W]."""
        return picture[..., self.rows, self.columns]

    def shrunk(self, by: int) -> Area:
        """The same in a picture `by` times smaller."""
        return Area(_shrunk(self.rows, by), _shrunk(self.columns, by))

    def counted_from(self, other: Area) -> Area:
        """The same, in a picture that shows `other` only."""
        return Area(
            _moved(self.rows, -other.rows.start), _moved(self.columns, -other.columns.start)
        )

    def placed_in(self, other: Area) -> Area:
        """The same, in the picture that `other` is cut out of: `counted_from`, undone."""
        return Area(_moved(self.rows, other.rows.start), _moved(self.columns, other.columns.start))

    def grown(self, around: int, within: Area) -> Area:
        """It and what is `around` it, as far as that is `within` another."""
        rows = _grown(self.rows, around, within.rows)
        return Area(rows, _grown(self.columns, around, within.columns))

    def aligned(self, step: int, within: Area) -> Area:
        """It and what else is `within` another of a grid's whole steps, counted from 0."""
        rows = _aligned(self.rows, step, within.rows)
        return Area(rows, _aligned(self.columns, step, within.columns))


def _shrunk(part: slice, by: int) -> slice:
    return slice(part.start // by, part.stop // by)


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _grown(part: slice, around: int, within: slice) -> slice:
    return slice(max(within.start, part.start - around), min(within.stop, part.stop + around))


def _aligned(part: slice, step: int, within: slice) -> slice:
    start, stop = part.start - part.start % step, part.stop + -part.stop % step
    return slice(max(within.start, start), min(within.stop, stop))
