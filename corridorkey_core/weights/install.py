"""A download or a local file to a checked checkpoint, whole or absent, in the user's folder."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corridorkey_core.errors import WeightsError
from corridorkey_core.keyers.corridorkey.checkpoint import Checkpoint, file_sha256, read_checkpoint
from corridorkey_core.temporary import sweep_temporaries, temporary_name
from corridorkey_core.weights.download import OnProgress, download
from corridorkey_core.weights.places import checkpoints_in


@dataclass(frozen=True)
class Installed:
    """A checkpoint in its place."""

    path: Path
    sha256: str
    size: int


def fetch(
    address: str, name: str, folder: Path, sha256: str | None, on_progress: OnProgress
) -> Installed:
    """Download `address`/`name` into `folder`; a broken download goes on where it was.

    `sha256` is what the content must have; without it, what the server tells is held to. Raises
    `WeightsError`; the file is then not in its place.
    """
    url = f"{address.rstrip('/')}/{name}"
    part = folder / f"{name}.part"
    _make(folder)
    downloaded = download(url, part, on_progress)
    try:
        _hold_to(part, sha256 or downloaded.sha256)
        checkpoint = read_checkpoint(part)
    except WeightsError as error:
        part.unlink(missing_ok=True)
        raise WeightsError(f"What {url} gave was removed. {error}") from error
    return _placed(checkpoint, folder / name)


def add(source: Path, folder: Path, sha256: str | None) -> Installed:
    """Copy a checkpoint, or the first of a folder of them, into `folder`; raises `WeightsError`."""
    found = source if source.is_file() else next(iter(checkpoints_in(source)), None)
    if found is None:
        raise WeightsError(f"{source} is no file, nor a folder with a .safetensors or .pth file.")
    _hold_to(found, sha256)
    read_checkpoint(found)  # before anything is written
    _make(folder)
    sweep_temporaries(folder)
    temporary = folder / temporary_name(found.suffix)
    try:
        shutil.copyfile(found, temporary)
        return _placed(read_checkpoint(temporary), folder / found.name)
    except OSError as error:
        raise _cannot_write(folder / found.name, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _placed(checkpoint: Checkpoint, path: Path) -> Installed:
    """Give a checked file its name once it is on disk."""
    try:
        with checkpoint.path.open("rb+") as file:
            os.fsync(file.fileno())
        checkpoint.path.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return Installed(path, checkpoint.sha256, checkpoint.size)


def _cannot_write(path: Path, error: OSError) -> WeightsError:
    return WeightsError(
        f"{path} cannot be written: {error.strerror or error}. Free some space or choose another "
        "folder (--to)."
    )


def _hold_to(path: Path, sha256: str | None) -> None:
    if sha256 is None:
        return
    found = file_sha256(path)
    if found != sha256.lower():
        raise WeightsError(f"{path} has SHA-256 {found}, expected {sha256.lower()}.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error
