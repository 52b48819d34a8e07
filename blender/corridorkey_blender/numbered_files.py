"""Files with a frame number: the last digits of the stem, as Blender takes them."""

from __future__ import annotations

import re
from pathlib import Path

_NUMBER = re.compile(r"([0-9]+)([^0-9]*)$")


def number_of(path: Path) -> int | None:
    """A file's frame number; None where its name has none."""
    found = _NUMBER.search(path.stem)
    return int(found[1]) if found else None


def path_at(path: Path, number: int) -> Path:
    """The file of the same sequence with another number; the file itself where it has none."""
    found = _NUMBER.search(path.stem)
    return _renamed(path, found, f"{number:0{len(found[1])}d}") if found else path


def pattern_of_file(path: Path) -> str:
    """One file of a sequence as a pattern of all: its number as places."""
    found = _NUMBER.search(path.stem)
    return str(_renamed(path, found, "#" * len(found[1])) if found else path)


def _renamed(path: Path, found: re.Match[str], number: str) -> Path:
    return path.with_name(f"{path.stem[: found.start()]}{number}{found[2]}{path.suffix}")
