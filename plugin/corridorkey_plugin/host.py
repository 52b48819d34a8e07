"""What a host must provide, and what it is told. Nothing here knows which host it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Protocol, Union

from corridorkey_core.errors import CorridorKeyError, SettingsError
from corridorkey_core.progress import (
    CANCELLED,
    DONE,
    FRAMES_FAILED,
    REFUSED,
    FrameFailed,
    Progress,
)
from corridorkey_core.settings import Settings

TEMPLATE = "{pass}/{name}.{frame}.{ext}"


class RenderError(CorridorKeyError):
    """The host could not render an input; the frame fails, the others go on."""


class Renderer(Protocol):
    """An input that is no file on disk: the host renders it, one frame at a time."""

    def identity(self, frame: int) -> str:
        """Text that changes whenever the frame would look otherwise; called on the main thread."""

    def render(self, frame: int, path: str) -> None:
        """Write the frame as an EXR at `path`; called on the main thread.

        Raises `RenderError`, or `Cancelled` where the artist cancelled.
        """


Source = Union[str, Renderer]


@dataclass(frozen=True)
class Request:
    """What the artist asks for: `frames` of one shot, keyed with `settings`.

    `plate` and `hint` are a file pattern, a file, a movie, or a `Renderer`; without a hint one is
    made; a hint that is the very renderer of the plate is read from its pictures. `clip` is every
    frame that the plate has, and must be given where it is rendered. Results go below
    `cache`, in a folder for `name`, which only one shot or node may have. Raises `SettingsError`.
    """

    name: str
    frames: tuple[int, ...]
    plate: Source
    cache: str
    hint: Source = ""
    clip: tuple[int, ...] = ()
    settings: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        hidden = not self.name.strip() or self.name.startswith(".")
        if hidden or any(mark in self.name for mark in "/\\:"):
            raise SettingsError(f"name is {self.name!r}; expected one that a folder can have.")
        if not self.cache.strip():
            raise SettingsError("There is no cache folder; save the script, or name a folder.")
        if not self.frames:
            raise SettingsError("No frames are asked for.")
        if not isinstance(self.plate, str) and not self.clip:
            raise SettingsError("The plate is rendered, so all its frames must be named.")


@dataclass(frozen=True)
class Result:
    """One frame that is whole on disk and current: a file for each pass, forward slashes."""

    frame: int
    paths: tuple[str, ...]

    def path(self, name: str) -> str:
        """The file of a pass, or of `layered`; raises `KeyError` where there is none."""
        return {Path(path).parent.name: path for path in self.paths}[name]

    def pattern(self, name: str) -> str:
        """The pattern of a pass's files, its frame number as `%04d`."""
        head, _, suffix = self.path(name).rpartition(".")
        return f"{head.rpartition('.')[0]}.%04d.{suffix}"


@dataclass(frozen=True)
class Outcome:
    """What became of a request: `error` where it could not be done as a whole.

    `current` were finished before, and needed nothing.
    """

    finished: tuple[int, ...] = ()
    failed: tuple[FrameFailed, ...] = ()
    current: tuple[int, ...] = ()
    cancelled: bool = False
    error: str = ""

    @property
    def exit_status(self) -> int:
        """0 all is on disk; 1 frames failed; 2 it could not be done; 130 cancelled."""
        if self.error:
            return REFUSED
        if self.cancelled:
            return CANCELLED
        return FRAMES_FAILED if self.failed else DONE


class Host(Protocol):
    """The host, seen from here. All but `on_main_thread` is called on the main thread.

    `key` is what `Session.key` returned, so that a host can tell its nodes apart.
    """

    @property
    def name(self) -> str:
        """The host's name and version."""

    def on_main_thread(self, work: Callable[[], None]) -> None:
        """Have `work` called on the main thread soon, in the order asked; any thread may ask."""

    def show_progress(self, key: object, progress: Progress) -> None:
        """Show how far a request is; its cancel button calls `key.cancel()`."""

    def show_frame(self, key: object, result: Result) -> None:
        """A frame is whole on disk and current: show it, or let what shows it read it again."""

    def say(self, key: object, message: str) -> None:
        """Tell what a person should know: a fallback, a frame that failed, an engine restarted."""

    def ask(self, key: object, question: str) -> bool:
        """Ask a question that is answered by yes or no; no, where nobody is there to ask."""

    def finished(self, key: object, outcome: Outcome) -> None:
        """A request came to its end; nothing more is told about it."""


def forward_slashes(path: str) -> str:
    """A path as hosts write it on every system: Windows's own separators turned."""
    windows = PureWindowsPath(path)
    is_windows = bool(windows.drive) and (path[1:2] == ":" or path[:2] in ("\\\\", "//"))
    return path.replace("\\", "/") if is_windows else path
