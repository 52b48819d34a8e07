"""What a farm is to do, as data that every engine's format is made from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corridorkey_core.errors import SettingsError
from corridorkey_core.job import Job

JOB_FILE = "job.yaml"
A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Needs:
    """What a worker must have for one chunk, and how long it may take.

    `gpus` devices go to one chunk, whose process uses them all; 0 asks for none. Memory is in MiB,
    `gpu_memory` that of each device; 0 leaves it, or `cores`, to the engine. Raises `SettingsError`
    for a need below 0.
    """

    gpus: int = 1
    gpu_memory: int = 0
    memory: int = 0
    cores: int = 0
    timeout_seconds: int = A_DAY

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0:
                raise SettingsError(f"{name} is {value}; expected 0 or more.")
        if not self.timeout_seconds:
            raise SettingsError("timeout_seconds is 0; expected a time that a chunk may take.")
        if self.gpu_memory and not self.gpus:
            raise SettingsError("gpu_memory is asked for, but no GPU; expected gpus of 1 or more.")


@dataclass(frozen=True)
class Shot:
    """One shot: its name, its job with paths as every worker sees them, and its frames, ascending.

    Raises `SettingsError` for a chunk of no frame.
    """

    name: str
    job: Job
    frames: tuple[int, ...]
    frames_per_chunk: int

    def __post_init__(self) -> None:
        if self.frames_per_chunk < 1:
            raise SettingsError(
                f"A chunk of {self.frames_per_chunk} frames is none; expected 1 or more."
            )

    @property
    def chunks(self) -> Iterator[tuple[int, ...]]:
        """The frames of each chunk."""
        for first in range(0, len(self.frames), self.frames_per_chunk):
            yield self.frames[first : first + self.frames_per_chunk]

    @property
    def is_contiguous(self) -> bool:
        """Whether no frame is left out."""
        return self.frames[-1] - self.frames[0] + 1 == len(self.frames)


@dataclass(frozen=True)
class Order:
    """Shots to key, what a chunk needs, and the command that keys.

    `folder` will hold the files; `user` and `show` are who hands it in, and for which production.
    Raises `SettingsError` where two shots have one name.
    """

    name: str
    shots: Sequence[Shot]
    folder: str
    needs: Needs = field(default_factory=Needs)
    command: str = "corridorkey"
    user: str = "unknown"
    show: str = "testing"

    def __post_init__(self) -> None:
        names = [shot.name for shot in self.shots]
        for text in (self.name, self.folder, self.command, self.user, self.show, *names):
            if not text.strip() or not text.isprintable():
                raise SettingsError(f"{text!r} is empty or has a control character; name it anew.")
        for name in names:
            if names.count(name) > 1:
                raise SettingsError(
                    f"{names.count(name)} shots are named {name}; a farm tells them apart by "
                    "their names. Give each a `name` of its own."
                )
