"""Plate and hint of a shot, paired by frame number, read from several threads."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

from corridorkey_core.colour import auto_space
from corridorkey_core.errors import ReadError
from corridorkey_core.frames import Frame, Hint, Plate
from corridorkey_core.hint_fit import fitted
from corridorkey_core.movie import Movie
from corridorkey_core.read import HintPicture, plate_bytes, read_hint, read_plate
from corridorkey_core.sequence import Sequence, format_frames
from corridorkey_core.settings import Settings

HINT_BYTES = 4
"""A hint's bytes a pixel where it is luminance or resampled; others take less."""
UNKNOWN_BYTES = 4096 * 2160 * (3 * 2 + HINT_BYTES)
MOST_TRIED = 5


class Footage:
    """A shot's plate and hint. `read` may be called from several threads; close when done.

    A still hint without a frame number holds for every frame; anything else is paired by number.
    Raises `ReadError` or `MissingExtraError` for a movie that cannot be opened.
    """

    def __init__(self, plate: Sequence, hint: Sequence | None, settings: Settings) -> None:
        self._plate, self._hint, self._settings = plate, hint, settings
        self._space_of = functools.cache(self._space)
        # Each side has a decoder of its own, so that a movie in both roles is read in order.
        with ExitStack() as opened:
            self._plate_movie = _movie(plate, opened)
            self._hint_movie = _movie(hint, opened)
            self._opened = opened.pop_all()

    def __enter__(self) -> Footage:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        self._opened.close()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every frame of the plate."""
        return self._plate.frames

    @property
    def frame_bytes(self) -> int:
        """Bytes of pixels that a frame is expected to hold, from the first header that is whole."""
        return next(self._frame_sizes(), UNKNOWN_BYTES)

    def read(self, number: int) -> Frame:
        """Plate and hint of a frame, the hint on the plate's pixels; raises `ReadError`."""
        _require("plate", self._plate, number)
        if self._hint is not None and not self._hint.is_still:
            _require("hint", self._hint, number)
        plate = self.read_plate(number)
        if self._hint is None:
            return Frame(plate)
        path = self._hint.path(number)
        picture = self._read_hint(self._hint, number)
        try:
            pixels = fitted(picture.pixels, picture.header, plate.header, self._settings.hint_fit)
        except ValueError as error:
            raise ReadError(str(error), frame=number, path=path) from error
        return Frame(plate, Hint(number, path, pixels, picture.channel, picture.channels))

    def identity(self, number: int) -> str:
        """What the frame's inputs are; changes when a file is replaced, grows or is touched."""
        parts = [_file_identity("plate", self._plate.path(number), self._settings.plate_layer)]
        if self._hint is not None:
            path = self._hint.path(number)
            parts.append(_file_identity("hint", path, self._settings.hint_channel))
        return "; ".join(parts)

    def read_plate(self, number: int) -> Plate:
        """The plate of a frame alone; raises `ReadError`."""
        _require("plate", self._plate, number)
        path = self._plate.path(number)
        if self._plate_movie is None:
            return read_plate(path, number, self._settings.plate_layer, self._space_of)
        pixels = self._plate_movie.read(number)
        space = self._space_of(False, None)
        return Plate(number, path, pixels, self._plate_movie.header(number), space)

    def _read_hint(self, hint: Sequence, number: int) -> HintPicture:
        if self._hint_movie is None:
            return read_hint(hint.path(number), number, self._settings.hint_channel)
        pixels, channel = self._hint_movie.read_channel(number, self._settings.hint_channel)
        channels = len(self._hint_movie.channels)
        return HintPicture(pixels, self._hint_movie.header(number), channel, channels)

    def _space(self, is_float: bool, tag: str | None) -> str:
        if self._settings.colour_space != "auto":
            return self._settings.colour_space
        return auto_space(is_float, tag, self._settings.ocio_config)

    def _frame_sizes(self) -> Iterator[int]:
        hint_bytes = HINT_BYTES if self._hint else 0
        if self._plate_movie is not None:
            window = self._plate_movie.header(1).data
            yield window.width * window.height * (3 * 4 + hint_bytes)
            return
        for number in self.numbers[:MOST_TRIED]:
            try:
                size, pixels = plate_bytes(self._plate.path(number), self._settings.plate_layer)
            except ReadError:
                continue
            yield size + pixels * hint_bytes


def open_footage(plate: Sequence, hint: Sequence | None, settings: Settings) -> Footage:
    """Open a shot's plate and hint; raises `ReadError` or `MissingExtraError` for a movie."""
    return Footage(plate, hint, settings)


def _movie(sequence: Sequence | None, opened: ExitStack) -> Movie | None:
    if sequence is None or not sequence.is_movie:
        return None
    return opened.enter_context(closing(Movie(sequence.path(1))))


def _require(role: str, sequence: Sequence, number: int) -> None:
    if number not in sequence.frames:
        reason = f"The {role} has no frame {number}; it has {format_frames(sequence.frames)}."
        raise ReadError(reason, frame=number, path=sequence.path(number))


def _file_identity(role: str, path: str, channel: str) -> str:
    whole = Path(path).absolute()
    chosen = f" [{channel}]" if channel else ""
    try:
        facts = whole.stat()
    except OSError:
        return f"{role} {whole}{chosen} missing"
    return f"{role} {whole}{chosen} {facts.st_size} {facts.st_mtime_ns}"
