"""What pictures lie in a folder, sorted into sequences. Standard library only, Python 3.9."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from corridorkey_core.errors import SequenceError
from corridorkey_core.frame_range import format_frames
from corridorkey_core.numbering import Numbering, numberings
from corridorkey_core.parameter import did_you_mean

MOVIES = (".mov", ".mp4", ".mkv", ".m4v", ".avi", ".mxf", ".webm", ".ts")
PICTURES = (".exr", ".tif", ".tiff", ".dpx", ".cin", ".png", ".jpg", ".jpeg", ".tga", ".hdr")
LISTED = 6
# A minus is a sign after a separator, elsewhere a hyphen; a number after a lone v is a version.
_NUMBERED = re.compile(
    r"(?P<head>.*?)(?P<number>(?:(?<=[._ ])|^)-(?=0*[1-9])[0-9]+|(?<![0-9])(?<![._ -][vV])[0-9]+)"
    r"(?P<tail>\.[^.]+)",
    re.DOTALL,
)


@dataclass(frozen=True)
class NumberedFiles:
    """A sequence in a folder: `head`, the number, `tail` is a file's name."""

    head: str
    tail: str
    numbering: Numbering
    frames: tuple[int, ...]

    @property
    def pattern(self) -> str:
        """Its pattern, such as shot.####.exr."""
        padding = self.numbering.padding
        return f"{self.head}{'#' * padding if padding > 1 else '%d'}{self.tail}"

    @property
    def label(self) -> str:
        """Its pattern and frames, for a person."""
        return f"{self.pattern} ({format_frames(self.frames)})"


@dataclass(frozen=True)
class Listing:
    """The pictures and movies of a folder; hidden files and other kinds are left out."""

    sequences: tuple[NumberedFiles, ...]
    movies: tuple[str, ...]
    stills: tuple[str, ...]

    @property
    def labels(self) -> dict[str, str]:
        """What a person would type for each, and what to tell of it."""
        named = {files.pattern: files.label for files in self.sequences}
        return {**named, **{name: name for name in (*self.movies, *self.stills)}}


def file_names(folder: Path) -> list[str]:
    """The names in a folder, sorted; raises `SequenceError` where it cannot be listed."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SequenceError(f"There is no folder {folder}.") from error
    except OSError as error:
        raise SequenceError(f"The folder {folder} cannot be listed: {error.strerror}.") from error


def split_number(name: str) -> tuple[str, str, str] | None:
    """A file name as what is before its frame number, the number, and the rest; None without."""
    match = _NUMBERED.fullmatch(name)
    return (match["head"], match["number"], match["tail"]) if match else None


def list_folder(folder: Path) -> Listing:
    """The sequences, movies and stills of a folder; raises `SequenceError`."""
    names = [name for name in file_names(folder) if not name.startswith(".")]
    numbers: dict[tuple[str, str], list[str]] = {}
    stills = []
    for name in names:
        if not name.lower().endswith(PICTURES):
            continue
        split = split_number(name)
        if split:
            numbers.setdefault((split[0], split[2]), []).append(split[1])
        else:
            stills.append(name)
    sequences = tuple(
        NumberedFiles(head, tail, numbering, frames)
        for (head, tail), texts in sorted(numbers.items())
        for numbering, frames in numberings(texts)
    )
    movies = tuple(name for name in names if name.lower().endswith(MOVIES))
    return Listing(sequences, movies, tuple(stills))


def what_is_there(folder: Path, sought: str = "") -> str:
    """The tail of a message: what of the folder is near the name sought, or what there is."""
    labels = list_folder(folder).labels
    if not labels:
        return f" The folder has no pictures and no movies{_folders_in(folder)}."
    near = did_you_mean(re.sub(r"%0?[0-9]*d|#+|@+", "####", sought), labels) if sought else ""
    if near:
        return re.sub("|".join(map(re.escape, labels)), lambda match: labels[match[0]], near)
    shown = ", ".join(list(labels.values())[:LISTED])
    return f" The folder has {shown}{', ...' if len(labels) > LISTED else ''}."


def _folders_in(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())[:LISTED]
    return f", but the folders {', '.join(names)}" if names else ""
