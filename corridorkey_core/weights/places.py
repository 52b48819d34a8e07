"""Where checkpoints lie, and what the published ones are called."""

from __future__ import annotations

from pathlib import Path

import platformdirs

ENVIRONMENT = "CORRIDORKEY_CHECKPOINT"
PUBLISHED = ("CorridorKey_v1.0.safetensors", "CorridorKey_v1.0.pth")
SUFFIXES = (".safetensors", ".pth")
ADDRESS_ENVIRONMENT = "CORRIDORKEY_WEIGHTS_URL"
ADDRESS = "https://huggingface.co/nikopueringer/CorridorKey_v1.0/resolve/main"


def weights_folder() -> Path:
    """This user's folder for checkpoints; it need not be there."""
    return platformdirs.user_data_path("corridorkey", appauthor=False) / "weights"


def checkpoints_in(folder: Path) -> tuple[Path, ...]:
    """The checkpoints in a folder: the published names first, then others by name."""
    try:
        found = [path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()]
    except OSError:
        return ()
    return tuple(sorted(found, key=_preference))


def _preference(path: Path) -> tuple[int, str]:
    known = path.name in PUBLISHED
    return (PUBLISHED.index(path.name) if known else len(PUBLISHED), path.name)
