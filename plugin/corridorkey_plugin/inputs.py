"""Plate and hint of a request: where their files are, what they are now, and rendering them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from corridorkey_core.sequence import MOVIES, Sequence, find_sequence, format_frames
from corridorkey_plugin.file_state import state_of
from corridorkey_plugin.host import Renderer, RenderError, Source

PADDING = "####"


class Pictures(Protocol):
    """One input of a request, a file a frame."""

    @property
    def pattern(self) -> str:
        """What the engine is to read."""

    @property
    def frames(self) -> tuple[int, ...]:
        """Every frame there is, or will be."""

    def identity(self, frame: int) -> str:
        """Text that changes whenever the frame's picture does."""

    def is_there(self, frame: int) -> bool:
        """Whether the engine can read it now, as it should be."""

    def fetch(self, frame: int) -> None:
        """See that it is there; raises `RenderError` or `Cancelled`."""


@dataclass(frozen=True)
class Files:
    """Pictures that are on disk; where one is missing, the engine says so."""

    pattern: str
    frames: tuple[int, ...]
    sequence: Sequence | None = None

    def identity(self, frame: int) -> str:
        """The file, its size and its time."""
        path = self.sequence.path(frame) if self.sequence else self.pattern
        return f"{path} {state_of(Path(path))}"

    def is_there(self, frame: int) -> bool:  # noqa: ARG002
        """Always: nothing can be done about it here."""
        return True

    def fetch(self, frame: int) -> None:
        """Do nothing."""


class Staged:
    """Pictures that the host renders into `folder`, each once for as long as it stays the same."""

    def __init__(
        self, folder: Path, role: str, renderer: Renderer, frames: tuple[int, ...]
    ) -> None:
        self._folder = folder
        self._role = role
        self._renderer = renderer
        self.frames = frames

    @property
    def pattern(self) -> str:
        """Names its frames, since the files come one by one."""
        return str(self._folder / f"{self._role}.{spans(self.frames)}{PADDING}.exr")

    def path(self, frame: int) -> Path:
        """Where a frame is rendered to."""
        return self._folder / f"{self._role}.{frame:04d}.exr"

    def identity(self, frame: int) -> str:
        """What the host says it is."""
        return self._renderer.identity(frame)

    def is_there(self, frame: int) -> bool:
        """Whether it was rendered, wholly, from what it is now."""
        expected = [self.identity(frame), state_of(self.path(frame))]
        return bool(_read_json(self._record(frame)) == expected)

    def fetch(self, frame: int) -> None:
        """Render it, unless it is there; raises `RenderError` or `Cancelled`."""
        if self.is_there(frame):
            return
        path, record = self.path(frame), self._record(frame)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in (record, path):
                if old.exists():
                    old.unlink()
            identity = self.identity(frame)
            self._renderer.render(frame, path.as_posix())
            record.write_text(json.dumps([identity, state_of(path)]), encoding="utf-8")
        except OSError as error:
            raise RenderError(f"{error.strerror or error}: {error.filename or path}") from error
        if not path.is_file():
            raise RenderError(f"The host rendered no file {path}.")

    def _record(self, frame: int) -> Path:
        return self._folder / f".{self._role}.{frame:04d}.json"


def open_inputs(
    plate: Source, hint: Source, clip: tuple[int, ...], folder: Path
) -> tuple[Pictures, Pictures | None]:
    """Plate and hint; what is rendered goes to `folder`. Raises `SequenceError`."""
    pictures = _open(plate, "plate", clip, folder)
    if hint is plate and not isinstance(hint, str):
        return pictures, pictures
    return pictures, _open(hint, "hint", clip or pictures.frames, folder) if hint else None


def spans(frames: Iterable[int]) -> str:
    """Frames as text that a file pattern takes: 1001-1100, 1-9x2, 1-5,8 or 7-7."""
    text = format_frames(sorted(set(frames)))
    return f"{text}-{text}" if text.removeprefix("-").isdigit() else text


def _open(source: Source, role: str, clip: tuple[int, ...], folder: Path) -> Pictures:
    if not isinstance(source, str):
        return Staged(folder, role, source, clip)
    path = os.path.abspath(source)  # noqa: PTH100 - a pattern, not a path
    if path.lower().endswith(MOVIES) and Path(path).is_file():
        return Files(path, clip)
    sequence = find_sequence(path)
    return Files(path, sequence.frames, sequence)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
