"""The one error tree.

    CorridorKeyError         shown to a person verbatim: what was found, expected, and to do next
      SettingsError          a parameter, a job file or a command line is wrong
      SequenceError          a pattern or a frame range names no frames, or is not understood
      ColourError            a colour space or an OCIO config is unknown
      FrameError             one frame failed; carries frame, stage and path
        ReadError            a plate or a hint is missing, unreadable, or of the wrong shape
        KeyingError          the keyer could not key the frame
        WriteError           a result could not be written whole
      DeviceError            the device asked for is not there, or cannot do the work
      WeightsError           a checkpoint is missing, truncated, foreign or unsafe
      MissingExtraError      an optional package is needed for what was asked
      EngineError            a host cannot start, reach or understand the engine's process
      Cancelled              the run was cancelled; nothing is wrong

Anything else is a bug and keeps its traceback. Standard library only, Python 3.9.
"""

from __future__ import annotations


class CorridorKeyError(Exception):
    """Base of every error that is written for a person."""


class SettingsError(CorridorKeyError):
    """A parameter, a job file or a command line is wrong."""


class SequenceError(CorridorKeyError):
    """A file pattern or a frame range names no frames, or is not understood."""


class ColourError(CorridorKeyError):
    """A colour space or an OCIO config is unknown or cannot be used."""


class FrameError(CorridorKeyError):
    """One frame failed: `frame` is its number, `stage` one of read, key, write, `path` the file."""

    stage = "key"

    def __init__(self, reason: str, *, frame: int | None = None, path: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.frame = frame
        self.path = path


class ReadError(FrameError):
    """A plate or a hint is missing, unreadable, truncated or of the wrong shape."""

    stage = "read"


class KeyingError(FrameError):
    """The keyer could not key the frame."""

    stage = "key"


class WriteError(FrameError):
    """A result could not be written whole; no part of it is left on disk."""

    stage = "write"


class DeviceError(CorridorKeyError):
    """The device asked for is not there, or cannot do the work."""


class WeightsError(CorridorKeyError):
    """A checkpoint is missing, truncated, foreign or unsafe."""


class MissingExtraError(CorridorKeyError):
    """An optional package is needed for what was asked; the message names the command."""


class EngineError(CorridorKeyError):
    """The engine's process cannot be started, ended early, hangs or is of another version."""


class Cancelled(CorridorKeyError):
    """The run was cancelled by its caller; what was finished before is on disk and whole."""
