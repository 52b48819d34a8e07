"""What a node tells of its picture, without anybody looking at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.nuke.stand_in.session import current

if TYPE_CHECKING:
    from tests.nuke.stand_in.formats import Format
    from tests.nuke.stand_in.nodes.node import Node
    from tests.nuke.stand_in.pixels.picture import Picture


class Info:
    """A box as `Node.bbox` gives it; x, y, width, height."""

    def __init__(self, x: float, y: float, w: float, h: float) -> None:
        self._box = (x, y, w, h)

    def x(self) -> float:
        """Its left."""
        return self._box[0]

    def y(self) -> float:
        """Its bottom."""
        return self._box[1]

    def w(self) -> float:
        """Its width."""
        return self._box[2]

    def h(self) -> float:
        """Its height."""
        return self._box[3]


class PictureFacts:
    """What needs the picture, or what it is made of."""

    def format(self: Any) -> Format:
        """Its format; half the size where proxies are looked at."""
        shape: Format = self._picture().format
        return shape

    def width(self: Any) -> int:
        """The width of its format."""
        return int(self.format().width())

    def height(self: Any) -> int:
        """The height of its format."""
        return int(self.format().height())

    def pixelAspect(self: Any) -> float:
        """How much wider than high its pixels are."""
        return float(self.format().pixelAspect())

    def bbox(self: Any) -> Info:
        """The box of its pixels."""
        box = self._picture().box
        return Info(box.x, box.y, box.r - box.x, box.t - box.y)

    def channels(self: Any) -> list[str]:
        """The channels it has."""
        return sorted(self._picture().channels)

    def metadata(
        self: Any, key: str | None = None, time: float | None = None, view: str | None = None
    ) -> Any:
        """What its picture carries: all, or one; None where there is no such."""
        moment = current().moment
        frame = moment.frame if time is None else time
        with current().looking_at(frame, view or moment.view):
            found = self._picture().metadata
        return dict(found) if key is None else found.get(key)

    def sample(
        self: Any,
        channel: str,
        x: float,
        y: float,
        _dx: float = 1.0,
        _dy: float = 1.0,
    ) -> float:
        """One value of one channel, at the middle of a pixel; 0 outside of its box."""
        return float(self._picture().at(channel, int(x), int(y)))

    def firstFrame(self: Any) -> int:
        """The first frame that it has."""
        return int(self._range()[0])

    def lastFrame(self: Any) -> int:
        """The last frame that it has."""
        return int(self._range()[1])

    def frameRange(self: Any) -> Any:
        """The frames that it has."""
        from tests.nuke.stand_in.frame_ranges import FrameRange

        return FrameRange(*self._range(), 1)

    def upstreamFrameRange(self: Any, i: int) -> Any:
        """The frames that an input has."""
        node = self.input(i)
        return node.frameRange() if node is not None else None

    def hasError(self: Any) -> bool:
        """Whether it fails, leaving what is before it aside."""
        return not any(one.treeHasError() for one in self._inputs if one) and self.treeHasError()

    error = hasError

    def treeHasError(self: Any) -> bool:
        """Whether it or anything before it fails."""
        try:
            self._picture()
        except RuntimeError:
            return True
        return False

    def opHashes(self: Any) -> list[int]:
        """Numbers that change whenever the picture of the frame that is looked at does."""
        from tests.nuke.stand_in.pixels.identity import identity

        return [identity(self)]

    def fileDependencies(self: Any, start: int, end: int) -> list[list[Any]]:
        """The files of the Reads before it: `[node, [file, ...]]`, those inside gizmos left out."""
        from tests.nuke.stand_in.pixels.frames import files_of

        return [
            [node, files]
            for node, files in files_of(self, start, end)
            if node._parent is self._parent
        ]

    def forceValidate(self: Any) -> None:
        """Work out anew what it tells."""
        self.opHashes()

    def _picture(self: Any) -> Picture:
        from tests.nuke.stand_in.pixels.compute import picture_of

        self._require_alive()
        return picture_of(self)

    def _range(self: Any) -> tuple[int, int]:
        from tests.nuke.stand_in.pixels.frames import range_of

        return range_of(self)

    def _resolved_input(self: Any, index: int) -> Node | None:
        """The node that an input's picture comes from, over the border of a group."""
        from tests.nuke.stand_in.pixels.compute import resolved

        return resolved(self.input(index))

    def _name_is(self: Any, name: str) -> bool:
        return bool(self._knobs["name"]._text == name)
