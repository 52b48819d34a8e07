"""Plate and hint of a shot, paired by frame number, read from several threads."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from corridorkey_core.colour import auto_space
from corridorkey_core.errors import ReadError
from corridorkey_core.frames import Frame, Header, Hint, Pixels, Plate, Window
from corridorkey_core.movie import Movie
from corridorkey_core.read import read_hint, read_plate
from corridorkey_core.read.plate import HintPicture
from corridorkey_core.sequence import Sequence
from corridorkey_core.settings import Settings


class Footage:
    """A shot's plate and hint. `read` may be called from several threads; close when done.

    A still hint without a frame number holds for every frame; anything else is paired by number.
    """

    def __init__(self, plate: Sequence, hint: Sequence | None, settings: Settings) -> None:
        self._plate, self._hint, self._settings = plate, hint, settings
        movies = [sequence for sequence in (plate, hint) if sequence and sequence.is_movie]
        self._movies = {sequence.path(1): Movie(sequence.path(1)) for sequence in movies}

    def __enter__(self) -> Footage:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""
        for movie in self._movies.values():
            movie.close()

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every frame of the plate that is on disk."""
        return self._plate.frames

    def read(self, number: int) -> Frame:
        """Plate and hint of a frame; raises `ReadError`."""
        plate = self._read_plate(number)
        if self._hint is None:
            return Frame(plate)
        picture = self._read_hint(self._hint, number)
        path = self._hint.path(number)
        try:
            pixels = fitted(picture, plate.header, self._settings.hint_fit)
        except ValueError as error:
            raise ReadError(str(error), frame=number, path=path) from error
        return Frame(plate, Hint(number, path, pixels, picture.channel))

    @property
    def frame_bytes(self) -> int:
        """Bytes of pixels that a frame is expected to hold, from the first one's header."""
        ...

    def identity(self, number: int) -> str:
        """What the frame's inputs are; changes when a file is replaced, grows or is touched."""
        files = [f"plate {_file_identity(self._plate.path(number))}"]
        if self._hint is not None:
            files.append(f"hint {_file_identity(self._hint.path(number))}")
        return "; ".join(files)

    def _read_plate(self, number: int) -> Plate:
        path, space_of = self._plate.path(number), partial(_space, self._settings)
        if not self._plate.is_movie:
            return read_plate(path, number, self._settings.plate_layer, space_of)
        movie = self._movies[path]
        return Plate(number, path, movie.read(number), movie.header, space_of(False, None))

    def _read_hint(self, hint: Sequence, number: int) -> HintPicture:
        path = hint.path(number)
        if not hint.is_movie:
            return read_hint(path, number, self._settings.hint_channel)
        movie = self._movies[path]
        pixels = movie.read(number).astype(np.float32).mean(axis=2) / 65535
        return HintPicture(pixels.astype(np.float32), movie.header, "luminance")


def open_footage(plate: Sequence, hint: Sequence | None, settings: Settings) -> Footage:
    """Open a shot's plate and hint; raises `ReadError` or `MissingExtraError` for a movie."""
    return Footage(plate, hint, settings)


def _space(settings: Settings, is_float: bool, tag: str | None) -> str:
    if settings.colour_space != "auto":
        return settings.colour_space
    return auto_space(is_float, tag, settings.ocio_config)


def _file_identity(path: str) -> str:
    try:
        facts = Path(path).stat()
    except OSError:
        return f"{path} missing"
    return f"{path} {facts.st_size} {facts.st_mtime_ns}"


def fitted(hint: HintPicture, plate: Header, how: str) -> Pixels:
    """The hint's pixels on the plate's data window: placed by their own window, 0 outside.

    Where the display windows differ in size the hint is resampled, antialiased, if `how` is
    `resample`; else raises `ValueError`.
    """
    ours, theirs = plate.display, hint.header.display
    if hint.header.data == plate.data and (theirs.width, theirs.height) == (
        ours.width,
        ours.height,
    ):
        return hint.pixels
    if (theirs.width, theirs.height) == (ours.width, ours.height):
        shift = (ours.x - theirs.x, ours.y - theirs.y)
        return _cut(hint.pixels, _moved(hint.header.data, shift), plate.data)
    if how == "refuse":
        raise ValueError(
            f"The hint is {theirs.width} x {theirs.height}, the plate {ours.width} x "
            f"{ours.height}; render it at the plate's size, or set hint_fit to resample."
        )
    whole = _cut(hint.pixels, hint.header.data, theirs)
    return _cut(_resampled(whole, ours.height, ours.width), ours, plate.data)


def _moved(window: Window, shift: tuple[int, int]) -> Window:
    return Window(window.x + shift[0], window.y + shift[1], window.width, window.height)


def _cut(pixels: Pixels, held: Window, wanted: Window) -> Pixels:
    """The part of `pixels`, which lie on `held`, that lies on `wanted`; 0 where nothing does."""
    result = np.zeros((wanted.height, wanted.width), pixels.dtype)
    left, top = max(held.x, wanted.x), max(held.y, wanted.y)
    right = min(held.x + held.width, wanted.x + wanted.width)
    bottom = min(held.y + held.height, wanted.y + wanted.height)
    if left < right and top < bottom:
        result[top - wanted.y : bottom - wanted.y, left - wanted.x : right - wanted.x] = pixels[
            top - held.y : bottom - held.y, left - held.x : right - held.x
        ]
    return result


def _resampled(pixels: Pixels, height: int, width: int) -> Pixels:
    limit = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    plane = torch.from_numpy(pixels.astype(np.float32) / limit)[None, None]
    smooth = F.interpolate(plane, (height, width), mode="bilinear", antialias=True)
    return smooth[0, 0].numpy()
