"""Formats: what a picture's full size is called, and how wide its pixels are."""

from __future__ import annotations

from typing import Any

from tests.nuke.script_text import split_list
from tests.nuke.stand_in.session import current
from tests.nuke.stand_in.threads import belongs_to_main_thread

BUILT_IN = (
    "640 480 0 0 640 480 1 PC_Video",
    "720 486 0 0 720 486 0.91 NTSC",
    "1920 1080 0 0 1920 1080 1 HD_1080",
    "1828 1556 0 0 1828 1556 2 2K_Cinemascope",
    "2048 1556 0 0 2048 1556 1 2K_Super_35(full-ap)",
    "256 256 0 0 256 256 1 square_256",
    "2048 1556 0 0 2048 1556 1 2K_Super_35",
)


@belongs_to_main_thread
class Format:
    """A format: `width`, `height`, the box x, y, r, t within it, pixel aspect."""

    def __init__(
        self,
        width: int,
        height: int,
        x: int = 0,
        y: int = 0,
        r: int | None = None,
        t: int | None = None,
        pa: float = 1.0,
    ) -> None:
        self._size = (int(width), int(height))
        self._box = (
            int(x),
            int(y),
            int(width if r is None else r),
            int(height if t is None else t),
        )
        self._aspect = float(pa)
        self._name = ""

    def width(self) -> int:
        """In pixels."""
        return self._size[0]

    def height(self) -> int:
        """In pixels."""
        return self._size[1]

    def x(self) -> int:
        """The left of its box."""
        return self._box[0]

    def y(self) -> int:
        """The bottom of its box."""
        return self._box[1]

    def r(self) -> int:
        """The right of its box."""
        return self._box[2]

    def t(self) -> int:
        """The top of its box."""
        return self._box[3]

    def pixelAspect(self) -> float:
        """How much wider than high a pixel is."""
        return self._aspect

    def name(self) -> str:
        """Its name; empty where it has none."""
        return self._name

    def setName(self, name: str) -> None:
        """Name it."""
        self._name = name

    def add(self, name: str) -> None:
        """Make it known to the script under a name."""
        self._name = name
        current().root._formats[name] = self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Format) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[Any, ...]:
        return (self._size, self._box, self._aspect)

    def _text(self) -> str:
        aspect = f"{self._aspect:.9g}"
        box = " ".join(str(one) for one in (*self._size, *self._box))
        return f"{box} {aspect} {self._name}"

    @staticmethod
    def _of(text: str) -> Format:
        words = split_list(text)
        numbers: list[float] = []
        while words and len(numbers) < 7:
            try:
                numbers.append(float(words[0]))
            except ValueError:
                break
            words.pop(0)
        if not numbers:
            return Format._named(text)
        width, height, *rest = numbers
        box = [int(one) for one in rest[:4]] if len(rest) >= 4 else [0, 0, int(width), int(height)]
        aspect = rest[-1] if len(rest) in (1, 5) else 1.0
        x, y, r, t = box
        made = Format(int(width), int(height), x, y, r, t, aspect)
        made._name = " ".join(words)
        return made

    @staticmethod
    def _named(name: str) -> Format:
        known = current().root._formats
        if name not in known:
            raise current().refuse(ValueError, f"the script knows no format {name!r}")
        return known[name]
