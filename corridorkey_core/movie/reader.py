"""Frames of a movie, by number.

Frames are numbered from 1. Any frame gives the same pixels whatever was read before it: decoding
begins at a key frame found in the movie's own index, never at a guessed time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from types import ModuleType
from typing import Any

from corridorkey_core.errors import MissingExtraError, ReadError
from corridorkey_core.frames import Attribute, Header, Pixels, Window
from corridorkey_core.movie.index import MovieIndex, Start, read_index
from corridorkey_core.movie.pixels import channel, channel_names, rgb
from corridorkey_core.movie.timecode import timecode

NEAR = 4
"""Frames ahead that are reached by decoding on, and kept for a reader that comes late."""


class Movie:
    """An open movie of `count` frames, with `channels` R, G, B and perhaps A.

    Its methods may be called from several threads; one decodes at a time.

    Raises `MissingExtraError` without PyAV and `ReadError` where the file is no movie.
    """

    def __init__(self, path: str) -> None:
        self._av = _pyav()
        self._path = path
        self._lock = threading.Lock()
        self._open()
        try:
            self._index: MovieIndex = read_index(self._container, self._stream)
        except (self._av.FFmpegError, ValueError) as error:
            self._container.close()
            raise ReadError(f"The movie cannot be read: {error}.", path=path) from error
        # Facts are noted once, since a seek may have to open the file anew.
        context = self._stream.codec_context
        self.count = len(self._index.times)
        self.channels = channel_names(context.format)
        self.codec = f"{context.name}, {context.pix_fmt}"
        self._size = self._stream.width, self._stream.height
        self._aspect = float(self._stream.sample_aspect_ratio or 1)
        self._rate: Fraction | None = self._stream.average_rate
        self._first_timecode = _timecode_tag(self._container, self._stream)
        self._next = -1
        self._whole_from = 0
        self._frames: Iterator[Any] = iter(())
        self._passed: dict[int, Any] = {}

    def header(self, number: int) -> Header:
        """Size, pixel aspect, frame rate and time code of a frame."""
        window = Window(0, 0, *self._size)
        attributes = []
        if self._rate:
            rate = self._rate.as_integer_ratio()
            attributes.append(Attribute("FramesPerSecond", "rational", rate))
            packed = timecode(self._first_timecode, number - 1, self._rate)
            if packed:
                attributes.append(Attribute("smpte:TimeCode", "timecode", packed))
        return Header(window, window, self._aspect, tuple(attributes))

    def read(self, number: int) -> Pixels:
        """R, G, B of a frame [H, W, 3]: float32 (uint16 from RGB movies), in its own curve.

        Raises `ReadError` where there is no such frame or it cannot be decoded.
        """
        return self._read(number, rgb)

    def read_channel(self, number: int, name: str) -> tuple[Pixels, str]:
        """One channel of a frame [H, W], and its name.

        `name` is R, G, B, A, luminance, or auto: alpha if there is one, else luminance. Raises
        `ReadError`.
        """
        if name == "auto":
            name = "A" if "A" in self.channels else "luminance"
        if name not in (*self.channels, "luminance"):
            reason = f"There is no channel {name!r}; the movie has {', '.join(self.channels)}."
            raise ReadError(reason, frame=number, path=self._path)
        return self._read(number, lambda frame: channel(frame, name)), name

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._passed.clear()
            self._container.close()

    def _read(self, number: int, pixels_of: Callable[[Any], Pixels]) -> Pixels:
        if not 1 <= number <= self.count:
            raise ReadError(f"The movie has frames 1-{self.count}.", frame=number, path=self._path)
        try:
            with self._lock:
                frame = self._decoded(number - 1)
            return pixels_of(frame)
        except (self._av.FFmpegError, ValueError) as error:
            reason = f"The frame cannot be decoded: {error}."
            raise ReadError(reason, frame=number, path=self._path) from error

    def _open(self) -> None:
        try:
            self._container: Any = self._av.open(self._path)
        except (self._av.FFmpegError, OSError) as error:
            raise ReadError(f"The movie cannot be read: {error}.", path=self._path) from error
        cover = self._av.stream.Disposition.attached_pic
        streams = [one for one in self._container.streams.video if not one.disposition & cover]
        if not streams:
            self._container.close()
            raise ReadError("The movie has no pictures, only sound or data.", path=self._path)
        self._stream: Any = streams[0]
        self._stream.thread_type = "AUTO"

    def _decoded(self, index: int) -> Any:
        if index in self._passed:
            return self._whole(self._passed.pop(index))
        if not self._reaches(index):
            self._seek(self._index.start_of(index))
        self._next = -1
        wanted = self._index.times[index]
        near = self._index.times[max(0, index - NEAR) : index]
        for frame in self._frames:
            if frame.pts == wanted:
                self._next = index + 1
                return self._whole(frame)
            if frame.pts in near and frame.pts >= self._whole_from:
                self._keep(index - len(near) + near.index(frame.pts), frame)
        raise ValueError("the movie ends before it")

    def _reaches(self, index: int) -> bool:
        """Whether decoding on is the way to a frame, rather than seeking."""
        if not 0 <= self._next <= index:
            return False
        start = self._index.start_of(index)
        return index - self._next < NEAR or start.time <= self._index.times[self._next]

    def _seek(self, start: Start) -> None:
        self._container.seek(start.seek, stream=self._stream, backward=True)
        packets = self._container.demux(self._stream)
        first = next(packets)
        if self._index.orders.get(first.pts, start.order + 1) > start.order:
            # The container cannot seek so far back: begin at its beginning.
            self._container.close()
            self._open()
            packets = self._container.demux(self._stream)
            first = next(packets)
        self._whole_from = first.pts
        self._frames = _decode(chain([first], packets))

    def _keep(self, index: int, frame: Any) -> None:
        self._passed[index] = frame
        while len(self._passed) > NEAR:
            self._passed.pop(next(iter(self._passed)))

    def _whole(self, frame: Any) -> Any:
        if frame.is_corrupt:
            raise ValueError("its data are damaged")
        if (frame.width, frame.height) != self._size:
            raise ValueError(f"it is {frame.width} x {frame.height}, unlike the movie")
        return frame


def count_frames(path: str) -> int:
    """How many frames a movie has; raises `MissingExtraError` or `ReadError`."""
    movie = Movie(path)
    movie.close()
    return movie.count


def _timecode_tag(container: Any, stream: Any) -> str:
    tags = [stream.metadata, container.metadata]
    tags += [other.metadata for other in container.streams if other.type == "data"]
    return next((str(tag["timecode"]) for tag in tags if "timecode" in tag), "")


def _decode(packets: Iterator[Any]) -> Iterator[Any]:
    for packet in packets:
        if packet.is_corrupt:
            raise ValueError("its data are damaged or cut short")
        yield from packet.decode()


def _pyav() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(
            "Movies need PyAV; `python3 build.py setup` installs it, and so does `pip install av`."
        ) from error
    return av
