"""The checkpoint that a run uses: the setting's, the environment's, or the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from corridorkey_core.errors import WeightsError
from corridorkey_core.weights.places import ENVIRONMENT, checkpoints_in, weights_folder

GET = (
    "`corridorkey weights fetch` downloads it, `corridorkey weights add FILE` takes a copy you "
    "have; `keyer: builtin` needs none"
)


def find_checkpoint(named: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file to load, or None where none is named and none is in the user's folder.

    Looked for in order: `named` (the setting), $CORRIDORKEY_CHECKPOINT, the user's data folder.
    What is named must be there, a file or a folder that holds one: raises `WeightsError`.
    """
    if named:
        return _named(named, "the setting `checkpoint`")
    if environment.get(ENVIRONMENT):
        return _named(environment[ENVIRONMENT], f"${ENVIRONMENT}")
    own = checkpoints_in(weights_folder())
    return own[0] if own else None


def require_checkpoint(named: str, environment: Mapping[str, str] = os.environ) -> Path:
    """As `find_checkpoint`, but where none is found it raises `WeightsError`."""
    found = find_checkpoint(named, environment)
    if found is None:
        raise WeightsError(
            "No CorridorKey checkpoint was found. The setting `checkpoint` is empty, "
            f"${ENVIRONMENT} is not set, and {weights_folder()} holds no .safetensors or .pth "
            f"file. {GET}."
        )
    return found


def _named(name: str, by: str) -> Path:
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if inside := checkpoints_in(path):
        return inside[0]
    fault = "is a folder without a .safetensors or .pth file" if path.is_dir() else "is not there"
    raise WeightsError(
        f"The checkpoint {path}, named by {by}, {fault}. Correct it or leave it out; {GET}."
    )
