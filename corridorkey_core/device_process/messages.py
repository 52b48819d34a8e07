"""What a run asks of a device's process, and what it is told."""

from __future__ import annotations

import pickle
import traceback
from dataclasses import dataclass

from corridorkey_core.colour import resolve
from corridorkey_core.device_process.parcel import Parcel
from corridorkey_core.look import Look
from corridorkey_core.progress import Event
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.workshop import Load


@dataclass(frozen=True)
class SentLook:
    """A `Look` that can be sent: colour spaces by their names."""

    settings: Settings
    screen: Screen | None
    plate_space: str
    output_space: str
    file_type: str

    @classmethod
    def of(cls, look: Look) -> SentLook:
        """The look as it is sent."""
        spaces = look.plate_space.name, look.output_space.name
        return cls(look.settings, look.screen, *spaces, look.file_type)

    def look(self) -> Look:
        """The look again; raises `ColourError`."""
        plate, output = (
            resolve(name, self.settings.ocio_config)
            for name in (self.plate_space, self.output_space)
        )
        return Look(self.settings, self.screen, plate, output, self.file_type)


# Asked. An answer is awaited to `Open`, `KeyFrame` and `Close`.


@dataclass(frozen=True)
class Open:
    """Make a device ready for a shot; `load` is found by its name."""

    device: str
    load: Load
    look: SentLook
    longest_edge: int


@dataclass(frozen=True)
class Share:
    """A block that frames will come in; its file comes along."""

    block: int


@dataclass(frozen=True)
class Forget:
    """A block that no frame will come in any more."""

    block: int


@dataclass(frozen=True)
class KeyFrame:
    """Key a frame. Of the blocks of results `returned` were let go of, `lost` could not be had."""

    serial: int
    frame: Parcel
    returned: tuple[int, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True)
class Close:
    """Free the device."""


# Told.


@dataclass(frozen=True)
class Said:
    """Something for a person; no answer."""

    event: Event


@dataclass(frozen=True)
class Opened:
    """The device is ready, with a keyer of this identity."""

    identity: str


@dataclass(frozen=True)
class Keyed:
    """A keyed frame, whose pixels may be on their way. The block's file comes along if it is new.

    `dropped` are blocks of results that will not come again.
    """

    frame: Parcel
    dropped: tuple[int, ...]


@dataclass(frozen=True)
class Closed:
    """The device is free."""


class ToldElsewhere(Exception):
    """Where an error was raised, in the words of the process that raised it."""


@dataclass(frozen=True)
class Failed:
    """What was asked raised an error: pickled, and its traceback as text."""

    content: bytes
    traceback: str

    @classmethod
    def by(cls, error: Exception) -> Failed:
        """An error as it is sent; one that cannot be is told by its name."""
        text = "".join(traceback.format_exception(error))
        return cls(_pickled(error), f"\n{text}")

    def error(self) -> Exception:
        """The error again, a new one at each call."""
        error: Exception = pickle.loads(self.content)
        error.__cause__ = ToldElsewhere(self.traceback)
        return error


@dataclass(frozen=True)
class Arrived:
    """A frame's pixels are where they were told to be, or will never be."""

    serial: int
    failed: Failed | None = None


def _pickled(error: Exception) -> bytes:
    try:
        content = pickle.dumps(error)
        pickle.loads(content)
    except Exception:  # whatever somebody else's error does when it is copied
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return content
