"""A picture file is whole or absent: written under a temporary name beside its place, renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corridorkey_core.errors import WriteError
from corridorkey_core.temporary import temporary_name

AGAIN = "and run the same command again; what is finished is kept"
REASONS = {
    errno.ENOSPC: f"disk full: free some space, {AGAIN}",
    errno.EDQUOT: f"quota used up: free some space, {AGAIN}",
    errno.EFBIG: "the file would be larger than this disk or this user's limit allows",
    errno.EROFS: "the disk is read-only; choose another output folder",
    errno.EACCES: "permission denied; choose another output folder, or have it opened to you",
    errno.EPERM: "permission denied; choose another output folder, or have it opened to you",
    errno.ENOENT: f"its folder disappeared; see that it stays, {AGAIN}",
    errno.ENOTDIR: "a part of its path is a file, not a folder; choose another output folder",
    errno.EEXIST: "a part of its path is a file, not a folder; choose another output folder",
    errno.EISDIR: "there is a folder of that name; remove it or choose another template",
    errno.ENAMETOOLONG: "its name is too long for this disk; choose a shorter name or template",
    errno.EIO: "the disk or the network reported an error",
}


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
        _flush(temporary)
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise WriteError(in_words(error), frame=frame, path=str(path)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def in_words(error: OSError) -> str:
    """Why a file cannot be written and what to do about it."""
    known = REASONS.get(error.errno or 0)
    return f"The file cannot be written: {known or error.strerror or error}."


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
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
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
