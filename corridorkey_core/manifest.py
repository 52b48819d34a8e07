"""What is finished and still current: one small record a frame, beside the results.

A record lies at OUTPUT/.corridorkey/NAME/FRAME.json. It is written, whole, after every file of its
frame is on disk, and removed before the first of them is replaced; so a run that is killed leaves
no record that claims other files than it saw. Runs on parts of one shot do not meet. Where two
runs key one frame at once, whoever replaces its files last records it, if it lives.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridorkey_core.disk_error import why
from corridorkey_core.errors import ReadError, WriteError
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.version import VERSION
from corridorkey_core.whole_file import write_whole

FORMAT = 1
NEVER_KEYED = "it was not keyed yet"
LARGEST_RECORD = 1 << 20
# Network and FAT file systems round a file's time, up to two seconds, some after it was written.
TIME_ROUNDING_NS = 2_000_000_000
# Two devices measure one screen the same but for the last digits.
SCREEN_TOLERANCE = 1e-3

Paths = Mapping[str, Path]


@dataclass(frozen=True)
class PictureKey:
    """What decides the pixels of every frame of a shot, its inputs aside.

    `settings` are those that can change a picture; `keyer` is the keyer's identity; `screen` is
    its kind and colour, or None where each frame settles its own.
    """

    settings: Mapping[str, Any]
    keyer: str
    screen: Screen | None
    engine: str = VERSION

    @classmethod
    def of(cls, settings: Settings, keyer: str, screen: Screen | None) -> PictureKey:
        """The key of a run with these settings."""
        values = settings.to_mapping()
        picture = [fact.name for fact in Settings.parameters() if fact.picture]
        return cls({name: values[name] for name in picture}, keyer, screen)

    def to_mapping(self) -> dict[str, Any]:
        """Plain values, as a record holds them."""
        screen = None if self.screen is None else [self.screen.kind, self.screen.colour]
        return {
            "engine": self.engine,
            "settings": dict(self.settings),
            "keyer": self.keyer,
            "screen": screen,
        }

    def changed_since(self, record: Mapping[str, Any]) -> str | None:
        """What of a record is not so any more, in words, or None."""
        if record.get("engine") != self.engine:
            return f"it was keyed by version {record.get('engine')}, this is {self.engine}"
        if changes := _changes(_mapping(record.get("settings")), self.settings):
            return changes
        if record.get("keyer") != self.keyer:
            return "the keyer or its weights changed"
        if not _same_screen(record.get("screen"), self.screen):
            return "the screen's colour changed"
        return None


class Manifest:
    """The records of one shot's results.

    `output` is the output folder, `name` the shot's; `inputs` tells what a frame's plate and hint
    are, as text that changes when they do. Records lie in `folder`. Use from one thread, but for
    `written`.
    """

    def __init__(
        self, output: Path, name: str, key: PictureKey, inputs: Callable[[int], str]
    ) -> None:
        self._output = output
        self.folder = output / ".corridorkey" / name
        self._key = key
        self._identity = inputs
        self._inputs: dict[int, str] = {}
        self._written: dict[Path, dict[str, int]] = {}

    def outdated(self, numbers: Iterable[int], paths: Callable[[int], Paths]) -> dict[int, str]:
        """The frames that must be keyed, each with the reason; the others are current.

        Ask before anything is read, even where all is to be keyed: it notes what the inputs are,
        so that a plate that changes while it is keyed is noticed by the next run.
        """
        reasons = {number: self.why_outdated(number, paths(number)) for number in numbers}
        return {number: reason for number, reason in reasons.items() if reason is not None}

    def why_outdated(self, number: int, paths: Paths) -> str | None:
        """Why a frame must be keyed again, in words for a person; None where it is current.

        `paths` are its files by pass. A damaged or foreign record is none; nothing is raised.
        """
        try:
            inputs = self._noted_inputs(number)
        except (ReadError, OSError) as error:
            return str(error)
        record = self._read(number)
        if record is None:
            there = any(path.exists() for path in paths.values())
            return "there is no record of how it was keyed" if there else NEVER_KEYED
        changed = self._key.changed_since(record)
        if changed is None and record.get("inputs") != inputs:
            changed = "the plate or the hint changed"
        return changed or self._changed_file(_mapping(record.get("files")), paths)

    def read_as(self, number: int, inputs: str) -> None:
        """Note what a frame's inputs were when they were read, in place of what they were before.

        `inputs` is what the constructor's `inputs` tells, asked just before the reading.
        """
        self._inputs[number] = _digest(inputs)

    def forget(self, number: int) -> None:
        """Remove a frame's record, before its first file is replaced; raises `WriteError`."""
        path = self._path(number)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise self._cannot("removed", path, number, error) from error

    def written(self, write: Callable[[], Path]) -> Path:
        """Write a file, and note what it is as soon as it is there; may be called by any thread."""
        path = write()
        self._written[path] = _facts(path)
        return path

    def record(self, number: int, paths: Sequence[Path]) -> None:
        """Record a frame, once every file of it is on disk; raises `WriteError`.

        Where one was replaced since it was written, another run is keying the frame: what holds of
        its files is that run's to say.
        """
        path = self._path(number)
        try:
            files = {file: _facts(file) for file in paths}
            written = {file: self._written.pop(file, files[file]) for file in paths}
            if any(_difference(files[file], written[file]) for file in paths):
                return
            record = {
                "format": FORMAT,
                "frame": number,
                **self._key.to_mapping(),
                "inputs": self._noted_inputs(number),
                "files": {self._relative(file): written[file] for file in paths},
            }
            write_whole(path, json.dumps(record, indent=1).encode())
        except OSError as error:
            raise self._cannot("written", path, number, error) from error

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.json"

    def _relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self._output)).as_posix()

    def _noted_inputs(self, number: int) -> str:
        if number not in self._inputs:
            self._inputs[number] = _digest(self._identity(number))
        return self._inputs[number]

    def _read(self, number: int) -> Mapping[str, Any] | None:
        try:
            with self._path(number).open("rb") as file:
                record = json.loads(file.read(LARGEST_RECORD))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or record.get("format") != FORMAT:
            return None
        return record

    def _changed_file(self, files: Mapping[str, Any], paths: Paths) -> str | None:
        for name, path in paths.items():
            recorded = _mapping(files.get(self._relative(path)))
            if not recorded:
                return f"{name} is not in its record"
            if changed := _changed(path, recorded):
                return f"{name} {changed}"
        return None

    def _cannot(self, done: str, path: Path, number: int, error: OSError) -> WriteError:
        return WriteError(
            f"The frame's record cannot be {done}: {why(error)}. Without it the frame counts as "
            "not keyed.",
            frame=number,
            path=str(path),
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _facts(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {"bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _changed(path: Path, recorded: Mapping[str, Any]) -> str | None:
    """How a file differs from what was recorded of it, in words that follow its pass."""
    try:
        facts = _facts(path)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        return "is missing" if missing else f"cannot be looked at ({error.strerror})"
    return _difference(facts, recorded)


def _difference(facts: Mapping[str, int], recorded: Mapping[str, Any]) -> str | None:
    if facts["bytes"] != recorded.get("bytes"):
        return f"is {facts['bytes']} bytes, expected {recorded.get('bytes')}"
    written = recorded.get("mtime_ns")
    if not isinstance(written, int) or abs(facts["mtime_ns"] - written) > TIME_ROUNDING_NS:
        return "was changed after it was written"
    return None


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    names = [name for name in {**now, **before} if before.get(name) != now.get(name)]
    if not names:
        return None
    name = names[0]
    more = f" and {len(names) - 1} more settings changed" if len(names) > 1 else ""
    return f"{name} was {_text(before.get(name))}, is {_text(now.get(name))}{more}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _same_screen(recorded: object, screen: Screen | None) -> bool:
    if screen is None or not isinstance(recorded, list) or len(recorded) != 2:
        return screen is None and recorded is None
    kind, colour = recorded
    if colour is None or screen.colour is None:
        return bool(kind == screen.kind) and colour is None and screen.colour is None
    numbers = isinstance(colour, list) and all(isinstance(value, (int, float)) for value in colour)
    if not numbers or len(colour) != 3 or kind != screen.kind:
        return False
    return all(
        math.isclose(value, now, rel_tol=SCREEN_TOLERANCE, abs_tol=SCREEN_TOLERANCE / 10)
        for value, now in zip(colour, screen.colour, strict=True)
    )
