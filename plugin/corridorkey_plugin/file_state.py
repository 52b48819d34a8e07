"""What a file is now: enough to notice that it changed, without reading it."""

from __future__ import annotations

from pathlib import Path


def state_of(path: Path) -> str:
    """The size and time of a file as text; `missing` where there is none that can be seen."""
    try:
        facts = path.stat()
    except OSError:
        return "missing"
    return f"{facts.st_size} {facts.st_mtime_ns}"
