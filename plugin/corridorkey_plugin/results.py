"""What is keyed, current, and may be shown: one folder for all that makes the picture alike.

CACHE/NAME/HASH/matte/NAME.1001.exr      results; HASH is of settings, sources, engine, weights
CACHE/NAME/HASH/.session/1001.json       what a frame's inputs were, and its files
CACHE/NAME/HASH/reduced_960/...          smaller ones, for a look
CACHE/NAME/inputs/plate.1001.exr         what the host rendered
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corridorkey_core.errors import EngineError
from corridorkey_core.settings import Settings
from corridorkey_plugin.host import TEMPLATE, Request, Result, forward_slashes

MARK = ".corridorkey-cache"
RECORDS = ".session"
ENGINE = "engine.json"


def picture_hash(request: Request, plate: str, hint: str, engine: str) -> str:
    """A name for all that makes a shot's picture, its frames' own inputs aside.

    `plate` and `hint` are patterns; `engine` is its version and weights.
    """
    settings = request.settings.to_mapping()
    made_of = [fact.name for fact in Settings.parameters() if fact.picture]
    checkpoint = _facts(Path(request.settings.checkpoint)) if request.settings.checkpoint else None
    facts = [{name: settings[name] for name in made_of}, plate, hint, engine, checkpoint]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def shot_folder(request: Request) -> Path:
    """The folder of everything that belongs to a request's name; made and marked where missing."""
    folder = Path(request.cache).expanduser().absolute() / request.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).touch()
    except OSError as error:
        raise EngineError(
            f"The cache folder {folder} cannot be written: {error.strerror}. Choose another one."
        ) from error
    return folder


def remember_engine(folder: Path, engine: str) -> None:
    """Note which engine keys into a shot's folder, for when none runs."""
    with suppress(OSError):
        (folder / ENGINE).write_text(json.dumps(engine), encoding="utf-8")


def remembered_engine(folder: Path) -> str:
    """The engine that keyed into a shot's folder last; empty where none did."""
    try:
        known = json.loads((folder / ENGINE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return known if isinstance(known, str) else ""


class Results:
    """The finished frames of one picture. `inputs` tells what a frame's inputs are now."""

    def __init__(self, folder: Path, inputs: Callable[[int], str]) -> None:
        self.folder = folder
        self._inputs = inputs
        self._noted: dict[int, str] = {}

    def current(self, frames: Iterable[int]) -> tuple[Result, ...]:
        """Those frames that are whole on disk and still what their inputs make."""
        found = (self._current(frame) for frame in frames)
        return tuple(result for result in found if result)

    def note(self, frame: int) -> None:
        """Note what a frame's inputs are, before they are read: what comes of them is no newer."""
        self._noted[frame] = self._digest(frame)

    def record(self, frame: int, paths: Iterable[str]) -> Result:
        """Record that a noted frame is finished, in the files `paths`."""
        files = {forward_slashes(path): _facts(Path(path)) for path in paths}
        record = {"inputs": self._noted[frame], "files": files}
        place = self._place(frame)
        # Without its record a frame is only asked for again, and then found current.
        with suppress(OSError):
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_suffix(".part")
            part.write_text(json.dumps(record), encoding="utf-8")
            part.replace(place)
        return Result(frame, tuple(files))

    def drop_stale(self) -> tuple[int, ...]:
        """Remove every recorded frame whose inputs are not what they were; says which."""
        gone = []
        for place in sorted((self.folder / RECORDS).glob("*.json")):
            frame = _number(place.stem)
            record = _read(place)
            if frame is None or record.get("inputs") == self._digest(frame):
                continue
            for path in _files(record):
                with suppress(OSError):
                    Path(path).unlink()
            with suppress(OSError):
                place.unlink()
            gone.append(frame)
        return tuple(sorted(gone))

    def _current(self, frame: int) -> Result | None:
        record = _read(self._place(frame))
        files = _files(record)
        if not files or record.get("inputs") != self._digest(frame):
            return None
        if any(_facts(Path(path)) != facts for path, facts in files.items()):
            return None
        return Result(frame, tuple(files))

    def _place(self, frame: int) -> Path:
        return self.folder / RECORDS / f"{frame}.json"

    def _digest(self, frame: int) -> str:
        text = self._inputs(frame).encode("utf-8", "surrogateescape")
        return hashlib.sha256(text).hexdigest()


@dataclass(frozen=True)
class Size:
    """How much a shot's cache holds."""

    frames: int
    bytes: int


def cache_sizes(cache: str) -> dict[str, Size]:
    """What each name in a cache folder takes, rendered inputs included."""
    return {
        folder.name: Size(
            sum(1 for _ in folder.glob(f"*/{RECORDS}/*.json")),
            sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        )
        for folder in _marked(cache)
    }


def clear_cache(cache: str, name: str = "") -> int:
    """Remove all results and rendered inputs, or those of one name; says how many bytes that was.

    Folders that were not made for this are left alone. Raises `OSError`.
    """
    sizes = cache_sizes(cache)
    removed = 0
    for folder in _marked(cache):
        if not name or folder.name == name:
            shutil.rmtree(folder)
            removed += sizes[folder.name].bytes
    return removed


def job_mapping(
    request: Request, output: Path, plate: str, hint: str, frames: str
) -> dict[str, Any]:
    """The job of a request, as the engine takes it."""
    settings = request.settings.changed(template=TEMPLATE).to_mapping()
    texts = {"plate": plate, "hint": hint, "output": str(output), "frames": frames}
    return {**texts, "name": request.name, "settings": settings}


def _marked(cache: str) -> list[Path]:
    folder = Path(cache).expanduser()
    return sorted(mark.parent for mark in folder.glob(f"*/{MARK}")) if folder.is_dir() else []


def _facts(path: Path) -> list[int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return [facts.st_size, facts.st_mtime_ns]


def _read(path: Path) -> Mapping[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _files(record: Mapping[str, Any]) -> Mapping[str, Any]:
    files = record.get("files")
    return files if isinstance(files, dict) else {}


def _number(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
