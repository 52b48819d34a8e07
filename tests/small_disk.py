"""A real file system of a given size, mounted on a folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Disk:
    """A mounted disk."""

    folder: Path

    def resize(self, size: str) -> None:
        """Give the disk another size, its files kept."""
        mount(self.folder, f"remount,size={size}")


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Disk]:
    """Mount a tmpfs on a folder, such as `size=100k`; skips the test where that is not allowed."""
    folder.mkdir(exist_ok=True)
    mount(folder, options)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def mount(folder: Path, options: str) -> None:
    """Mount a tmpfs on a folder; skips the test where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a small disk here")
