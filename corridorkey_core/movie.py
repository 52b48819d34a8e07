"""Frames of a movie, by number, through PyAV (the extra `video`).

Frames are numbered from 1. Any frame gives the same pixels whatever was read before it: the movie
is sought by the time stamps of its own index, never by guessed rates. 16 bits a channel, never 8.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from corridorkey_core.errors import MissingExtraError, ReadError
from corridorkey_core.frames import Attribute, Header, Pixels, Window

HD_HEIGHT = 720
UNTAGGED = (0, 2)
"""Values by which FFmpeg says that a colour property is not known."""


class Movie:
    """An open movie; `read` may be called from several threads, one decodes at a time.

    Raises `MissingExtraError` without PyAV and `ReadError` where the file is no movie.
    """

    def __init__(self, path: str) -> None:
        self._av = _pyav()
        self._path = path
        self._lock = threading.Lock()
        try:
            self._container = self._av.open(path)
            self._stream = self._container.streams.video[0]
            self._times = _times(self._container, self._stream)
        except (self._av.FFmpegError, IndexError, OSError) as error:
            raise ReadError(f"The movie cannot be read: {error}", path=path) from error
        self._stream.thread_type = "AUTO"
        self._decoded: Iterator[Any] = iter(())
        self._next = 0

    @property
    def count(self) -> int:
        """How many frames it has."""
        return len(self._times)

    @property
    def header(self) -> Header:
        """Size, pixel aspect and frame rate."""
        window = Window(0, 0, self._stream.codec_context.width, self._stream.codec_context.height)
        rate = self._stream.average_rate
        rates = [Attribute("FramesPerSecond", "rational", rate.as_integer_ratio())] if rate else []
        code = self._container.metadata.get("timecode") or self._stream.metadata.get("timecode")
        named = [Attribute("timecode", "string", code)] if code else []
        aspect = float(self._stream.sample_aspect_ratio or 1)
        return Header(window, window, aspect, (*rates, *named))

    def read(self, number: int) -> Pixels:
        """Frame `number` as uint16 [H, W, 3], full range, in the movie's own transfer curve.

        Raises `ReadError` where there is no such frame or it cannot be decoded.
        """
        if not 1 <= number <= self.count:
            raise ReadError(f"The movie has frames 1-{self.count}.", frame=number, path=self._path)
        with self._lock:
            try:
                return self._decode(number - 1)
            except (self._av.FFmpegError, StopIteration) as error:
                reason = f"The frame cannot be decoded: {error or 'the movie ends before it'}."
                raise ReadError(reason, frame=number, path=self._path) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._container.close()

    def _decode(self, index: int) -> Pixels:
        if index != self._next:
            self._container.seek(self._times[index], stream=self._stream, backward=True)
            self._decoded = self._container.decode(self._stream)
        elif index == 0:
            self._container.seek(self._times[0], stream=self._stream, backward=True)
            self._decoded = self._container.decode(self._stream)
        self._next = -1
        wanted = self._times[index]
        frame = next(frame for frame in self._decoded if frame.pts >= wanted)
        if frame.pts != wanted:
            raise StopIteration
        self._next = index + 1
        return self._as_rgb(frame)

    def _as_rgb(self, frame: Any) -> Pixels:
        # Untagged HD is BT.709; FFmpeg would take BT.601 and shift every colour.
        untagged = frame.colorspace in UNTAGGED
        matrix = "ITU709" if untagged and frame.height >= HD_HEIGHT else None
        pixels = frame.reformat(format="rgb48le", src_colorspace=matrix).to_ndarray()
        return np.asarray(pixels, np.uint16)


def count_frames(path: str) -> int:
    """How many frames a movie has."""
    movie = Movie(path)
    movie.close()
    return movie.count


def _times(container: Any, stream: Any) -> list[int]:
    """Presentation times of every frame, ascending, from the packets alone."""
    times = [packet.pts for packet in container.demux(stream) if packet.pts is not None]
    if not times:
        raise IndexError("no frames")
    return sorted(set(times))


def _pyav() -> ModuleType:
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(
            'Movies need PyAV; install it with: pip install "corridorkey[video]"'
        ) from error
    return av
