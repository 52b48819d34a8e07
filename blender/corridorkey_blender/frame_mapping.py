"""Which file number a frame of the scene has, as Blender's Image node counts."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 1_048_574  # frames, the most that a node can be told


@dataclass(frozen=True)
class FrameMapping:
    """An Image node's four numbers: start, offset, length, and whether it begins again.

    Left as they are, frame N of the scene is file N.
    """

    start: int = 1
    offset: int = 0
    length: int = LONGEST
    cyclic: bool = False

    @classmethod
    def of(cls, node: object) -> FrameMapping:
        """An Image node's."""
        names = ("frame_start", "frame_offset", "frame_duration", "use_cyclic")
        return cls(*(getattr(node, name) for name in names))

    @classmethod
    def shifted(cls, by: int, first: int = 1) -> FrameMapping:
        """Frame N of the scene is file N + `by`, from frame `first` on."""
        start = min(first, 1)
        return cls(start, by + start - 1)

    def apply(self, node: object) -> None:
        """Have an Image node count so."""
        setattr(node, "use_auto_refresh", True)  # noqa: B010 - a node's type is Blender's
        for name, value in (
            ("frame_start", self.start),
            ("frame_offset", self.offset),
            ("frame_duration", self.length),
            ("use_cyclic", self.cyclic),
        ):
            setattr(node, name, value)

    def number(self, frame: int) -> int:
        """The file number of a frame; before the start it is one less than the first, as there."""
        place = frame - self.start + 1
        if self.cyclic and self.length:
            place = place % self.length or self.length
        return min(max(place, 0), self.length) + self.offset

    def frame(self, number: int) -> int:
        """The first frame of the scene that has a file number."""
        return number - self.offset + self.start - 1
