"""A shot, its job file with relative paths, and a command that is started beside them."""

from __future__ import annotations

from pathlib import Path

from corridorkey_core.cli import main

FIGURES = ("--start-seconds", "10", "--frame-seconds", "2", "--frame-mib", "8")


def run(*words: str) -> int:
    """Run `corridorkey` in this process; its exit status."""
    try:
        return main(words)
    except SystemExit as end:  # argparse's own way to end
        return int(end.code or 0)


def listing(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())
