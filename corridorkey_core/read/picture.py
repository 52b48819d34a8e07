"""One picture file: its parts, channels, header and pixels, as OpenImageIO gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenImageIO as oiio

from corridorkey_core.errors import ReadError
from corridorkey_core.frames import Header, Pixels
from corridorkey_core.read.header import header_of

NATIVE = {"uint8": oiio.UINT8, "uint16": oiio.UINT16, "half": oiio.HALF, "float": oiio.FLOAT}


@dataclass(frozen=True)
class Part:
    """One part (subimage) of a file: its name, channel names, and the type its pixels are in."""

    index: int
    name: str
    channels: tuple[str, ...]
    type_name: str


@dataclass(frozen=True)
class PictureFile:
    """An open picture; use it inside `open_picture`."""

    path: str
    number: int
    source: oiio.ImageInput
    parts: tuple[Part, ...]

    def header(self, part: Part) -> Header:
        """Windows and metadata of a part."""
        return header_of(self.source.spec(part.index, 0))

    def tag(self, part: Part) -> str | None:
        """The name of the colour space that the file itself gives for a part, or None."""
        spec = self.source.spec(part.index, 0)
        named = spec.get_string_attribute("colorInteropID")
        return named or spec.get_string_attribute("oiio:ColorSpace") or None

    def pixels(self, part: Part, channels: Sequence[str]) -> Pixels:
        """Channels of a part as [H, W, C], in the file's own type and the order asked for.

        Raises `ReadError` where the file is damaged.
        """
        places = [part.channels.index(name) for name in channels]
        first, last = min(places), max(places) + 1
        pixels = self.source.read_image(part.index, 0, first, last, NATIVE[part.type_name])
        if pixels is None:
            raise self.failed(f"The file is damaged or cut short: {self.source.geterror()}")
        taken = [place - first for place in places]
        if taken == list(range(last - first)):
            return np.asarray(pixels)
        return np.ascontiguousarray(np.asarray(pixels)[..., taken])

    def failed(self, reason: str) -> ReadError:
        """A `ReadError` that names this file and frame."""
        return ReadError(_first_line(reason), frame=self.number, path=self.path)


@contextmanager
def open_picture(path: str, number: int) -> Iterator[PictureFile]:
    """A picture file, open while the block runs.

    Raises `ReadError` where it is missing, unreadable, deep, or not a flat picture.
    """
    config = oiio.ImageSpec()
    # PNG and TIFF hold straight colour; without this their RGB would come back premultiplied.
    config.attribute("oiio:UnassociatedAlpha", 1)
    if not Path(path).is_file():
        raise ReadError("There is no such file.", frame=number, path=path)
    source = oiio.ImageInput.open(path, config)
    if source is None:
        reason = _first_line(oiio.geterror())
        raise ReadError(f"The file cannot be read: {reason}", frame=number, path=path)
    try:
        yield PictureFile(path, number, source, tuple(_parts(source, path, number)))
    finally:
        source.close()


def set_codec_threads(count: int) -> None:
    """How many threads OpenImageIO and its codecs may use within one file; 0 is all cores."""
    oiio.attribute("threads", count)
    # OpenEXR runs in the calling thread where it is given none of its own.
    oiio.attribute("exr_threads", -1 if count == 1 else count)


def _parts(source: oiio.ImageInput, path: str, number: int) -> Iterator[Part]:
    index = 0
    while source.seek_subimage(index, 0):
        spec = source.spec()
        if spec.deep or spec.depth > 1:
            kind = "deep" if spec.deep else "a volume"
            raise ReadError(f"The picture is {kind}; expected a flat one.", frame=number, path=path)
        name = spec.get_string_attribute("oiio:subimagename")
        yield Part(index, name, tuple(spec.channelnames), _native_type(spec))
        index += 1


def _native_type(spec: oiio.ImageSpec) -> str:
    """The file's own type, widened to float where it is one that this engine does not hold."""
    types = {str(kind) for kind in spec.channelformats} or {str(spec.format)}
    if types <= {"uint8"}:
        return "uint8"
    if types <= {"uint8", "uint16"}:
        return "uint16"
    return "half" if types <= {"half"} else "float"


def _first_line(reason: str) -> str:
    return (reason.strip().splitlines() or ["unknown reason"])[0]
