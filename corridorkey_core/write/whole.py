"""A picture file is whole or absent: written under a temporary name beside its place, renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corridorkey_core.disk_error import why
from corridorkey_core.errors import WriteError
from corridorkey_core.temporary import temporary_name


@contextmanager
def whole_file(path: Path, frame: int) -> Iterator[Path]:
    """A temporary path with the same extension, which becomes `path` when the block ends well.

    Its folder is made, and it is flushed to the disk before it takes its name. On any failure it
    is removed, and an `OSError` becomes a `WriteError` that says why and what to do.
    """
    temporary = path.with_name(temporary_name(path.suffix))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary, os.O_RDWR)
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise WriteError(
            f"The file cannot be written: {why(error)}.", frame=frame, path=str(path)
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _flush(path: Path, access: int) -> None:
    descriptor = os.open(path, access)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make the new name itself lasting, where the system has such a thing."""
    if os.name == "nt":
        return
    # Some network disks refuse this; the file's content is on them all the same.
    with suppress(OSError):
        _flush(folder, os.O_RDONLY)
