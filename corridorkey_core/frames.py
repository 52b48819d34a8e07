"""What travels between the rooms: plates, hints, keyed frames. Validated once, at construction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from corridorkey_core.errors import ReadError

Pixels = npt.NDArray[Any]
NATIVE_TYPES = ("uint8", "uint16", "float16", "float32")


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels: origin (x right, y down, may be negative) and size."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Attribute:
    """One metadata entry; `kind` is OpenImageIO's name of its type, such as `rational` or `int`."""

    name: str
    kind: str
    value: Any

    def __str__(self) -> str:
        """The value for a person: a time code as hh:mm:ss:ff, a ratio as a/b."""
        if self.kind == "timecode":
            fields = [(self.value[0] >> shift) & mask for shift, mask in _CODE]
            return ":".join(f"{field >> 4}{field & 15}" for field in fields)
        if self.kind.startswith("rational"):
            return "/".join(map(str, self.value))
        return str(self.value)


# Hours, minutes, seconds and frames of a packed time code, in decimal digits (SMPTE ST 12-1).
_CODE = ((24, 0x3F), (16, 0x7F), (8, 0x7F), (0, 0x3F))


@dataclass(frozen=True)
class Header:
    """What a picture file says besides its pixels, and what every output of it says again.

    `data` is where the pixels lie, `display` what is meant to be seen. `attributes` leaves out
    what belongs to the file and not to the picture (compression, tiling, line order, channels).
    """

    data: Window
    display: Window
    pixel_aspect: float = 1.0
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class Plate:
    """One plate: `pixels` [H, W, 3] in the file's own type and encoding (integers are full range).

    `number` is the frame's number, `path` the file, `space` the resolved name of its colour space.
    """

    number: int
    path: str
    pixels: Pixels
    header: Header
    space: str

    def __post_init__(self) -> None:
        _check(self.pixels, self.path, self.number, channels=3)


@dataclass(frozen=True)
class Hint:
    """One alpha hint: `pixels` [H, W] in the file's own type.

    `channel` says which one it was, of how many `channels` in the file.
    """

    number: int
    path: str
    pixels: Pixels
    channel: str
    channels: int = 1

    def __post_init__(self) -> None:
        _check(self.pixels, self.path, self.number, channels=0)


@dataclass(frozen=True)
class Frame:
    """What is keyed together: a plate and its hint, or none where one is to be made.

    `inputs` says what the files were just before they were read, where that was asked.
    """

    plate: Plate
    hint: Hint | None = None
    inputs: str = ""

    @property
    def number(self) -> int:
        """The frame's number."""
        return self.plate.number

    @property
    def nbytes(self) -> int:
        """Bytes of pixels this frame holds."""
        return self.plate.pixels.nbytes + (self.hint.pixels.nbytes if self.hint else 0)


def already_there() -> None:
    """Wait for nothing."""


@dataclass(frozen=True)
class Deflated:
    """A pass that the device compressed: chunks of 16 of a picture's `height` lines.

    `content` [chunks, capacity] uint8 and `facts` [chunks, 2] int64 are as `stored.Streams` has
    them; a line was `line_bytes` before.
    """

    content: Pixels
    facts: Pixels
    height: int
    line_bytes: int

    @property
    def nbytes(self) -> int:
        """Bytes of memory this holds."""
        return self.content.nbytes + self.facts.nbytes


@dataclass(frozen=True)
class KeyedFrame:
    """A finished frame in host memory, to be encoded once `wait` returns, in whatever thread.

    `passes` maps a pass to [H, W, C] in the type the file will hold: matte C=1 linear alpha; fg
    C=3 straight, in `space`; processed C=4, fg times matte and the matte; comp C=3 uint8 sRGB.
    Each pass is there or in `deflated`, as a zip EXR of halves, or for comp a PNG, will hold it.
    """

    number: int
    header: Header
    space: str
    passes: Mapping[str, Pixels] = field(default_factory=dict)
    wait: Callable[[], None] = already_there
    deflated: Mapping[str, Deflated] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Bytes of memory this frame holds."""
        plain = sum(pixels.nbytes for pixels in self.passes.values())
        return plain + sum(packed.nbytes for packed in self.deflated.values())


def _check(pixels: Pixels, path: str, number: int, *, channels: int) -> None:
    wanted = 3 if channels else 2
    shape_is_right = pixels.ndim == wanted and (not channels or pixels.shape[2] == channels)
    if not shape_is_right or 0 in pixels.shape:
        raise ReadError(
            f"Pixels of shape {pixels.shape}; expected height, width"
            f"{f' and {channels} channels' if channels else ''}.",
            frame=number,
            path=path,
        )
    if pixels.dtype.name not in NATIVE_TYPES:
        raise ReadError(
            f"Pixels of type {pixels.dtype.name}; expected one of {', '.join(NATIVE_TYPES)}.",
            frame=number,
            path=path,
        )
