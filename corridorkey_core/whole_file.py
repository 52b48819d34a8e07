"""Small files that are whole or absent."""

from __future__ import annotations

from pathlib import Path

from corridorkey_core.temporary import temporary_name


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file's content at once, making its folder; raises `OSError`, leaving no rest.

    Nothing is flushed to the disk itself: after a power cut the file may be empty. Pictures are
    written elsewhere, and are flushed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(temporary_name(path.suffix))
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
