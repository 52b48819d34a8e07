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
from corridorkey_core.read.tagged_space import tagged_space

NATIVE = {"uint8": oiio.UINT8, "uint16": oiio.UINT16, "half": oiio.HALF, "float": oiio.FLOAT}
BYTES = {"uint8": 1, "uint16": 2, "half": 2, "float": 4}
FLOATS = frozenset({"half", "float", "double"})


@dataclass(frozen=True)
class Part:
    """One part (subimage) of a file: its name, its channels and the type each is stored in.

    `not_flat` says in a word what it is where it is no flat picture.
    """

    index: int
    name: str
    channels: tuple[str, ...]
    types: tuple[str, ...]
    not_flat: str = ""

    def stored_types(self, channels: Sequence[str]) -> set[str]:
        """The types in which some channels are stored."""
        return {self.types[self.channels.index(name)] for name in channels}

    def is_float(self, channels: Sequence[str]) -> bool:
        """Whether channels are stored as floating point."""
        return self.stored_types(channels) <= FLOATS

    def native_type(self, channels: Sequence[str]) -> str:
        """The type that holds channels as stored: uint8, uint16, half, else float."""
        types = self.stored_types(channels)
        if types <= {"uint8", "uint16"}:
            return "uint16" if "uint16" in types else "uint8"
        return "half" if types == {"half"} else "float"


@dataclass(frozen=True)
class PictureFile:
    """An open picture; use it inside `open_picture`, in one thread."""

    path: str
    number: int | None
    source: oiio.ImageInput
    parts: tuple[Part, ...]

    @property
    def flat_parts(self) -> tuple[Part, ...]:
        """The parts that are flat pictures; raises `ReadError` where there is none."""
        flat = tuple(part for part in self.parts if not part.not_flat)
        if not flat:
            kind = self.parts[0].not_flat
            raise self.failed(f"The picture is {kind}; expected a flat one. Flatten it first.")
        return flat

    @property
    def channel_list(self) -> str:
        """All channels, part by part, for a message."""
        return "; ".join(
            f"{f'{part.name}: ' if part.name else ''}{', '.join(part.channels)}"
            for part in self.parts
        )

    def header(self, part: Part) -> Header:
        """Windows and metadata of a part."""
        return header_of(self.source.spec(part.index, 0))

    def tag(self, part: Part) -> str | None:
        """The name of the colour space that the file itself gives for a part, or None."""
        return tagged_space(self.source.spec(part.index, 0))

    def pixels(self, part: Part, channels: Sequence[str]) -> Pixels:
        """Channels of a part as [H, W, C], as stored and in the order asked for.

        Raises `ReadError` where the file is damaged.
        """
        places = [part.channels.index(name) for name in channels]
        first, last = min(places), max(places) + 1
        kind = NATIVE[part.native_type(channels)]
        pixels = self.source.read_image(part.index, 0, first, last, kind)
        # A JPEG that is cut short gives grey pixels and only an error besides.
        problem = self.source.geterror()
        if pixels is None or problem:
            raise self.failed(f"The file is damaged or cut short: {_first_line(problem)}")
        taken = [place - first for place in places]
        if taken == list(range(last - first)):
            return np.asarray(pixels)
        return np.ascontiguousarray(np.asarray(pixels)[..., taken])

    def failed(self, reason: str) -> ReadError:
        """A `ReadError` that names this file and frame."""
        return ReadError(reason, frame=self.number, path=self.path)


@contextmanager
def open_picture(path: str, number: int | None) -> Iterator[PictureFile]:
    """A picture file, open while the block runs; raises `ReadError` where it cannot be opened."""
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
        yield PictureFile(path, number, source, tuple(_parts(source)))
    finally:
        source.close()


def set_codec_threads(count: int) -> None:
    """How many threads OpenImageIO and its codecs may use within one file; 0 is all cores.

    It holds for the whole process, since OpenImageIO has no other switch.
    """
    oiio.attribute("threads", count)
    # OpenEXR works in the calling thread where it is given none of its own.
    oiio.attribute("exr_threads", -1 if count == 1 else count)


@contextmanager
def codec_threads(count: int) -> Iterator[None]:
    """Within the block, let codecs use `count` threads within one file, and then as many as before.

    As `set_codec_threads` it holds for the whole process, so blocks must lie within each other.
    """
    names = ("threads", "exr_threads")
    before = [oiio.get_int_attribute(name) for name in names]
    set_codec_threads(count)
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            oiio.attribute(name, value)


def _parts(source: oiio.ImageInput) -> Iterator[Part]:
    index = 0
    while source.seek_subimage(index, 0):
        spec = source.spec()
        channels = tuple(spec.channelnames)
        types = tuple(str(kind) for kind in spec.channelformats) or (str(spec.format),) * len(
            channels
        )
        name = spec.get_string_attribute("oiio:subimagename")
        yield Part(index, name, channels, types, _not_flat(spec))
        index += 1
    source.geterror()  # the question for one part too many


def _not_flat(spec: oiio.ImageSpec) -> str:
    if spec.deep:
        return "deep"
    if spec.depth > 1:
        return "a volume"
    if spec.get_string_attribute("textureformat").startswith("CubeFace"):
        return "a cube map"
    return ""


def _first_line(reason: str) -> str:
    return (reason.strip().splitlines() or ["for an unknown reason"])[0]
