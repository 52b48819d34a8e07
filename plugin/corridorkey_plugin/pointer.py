"""Where `build.py setup` made the engine, in a small file of the user's, for hosts to find.

A plugin that was installed from a zip lies far from the engine; so setup leaves word.
`ENGINE_PYTHON -m corridorkey_plugin.pointer REPOSITORY` leaves it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corridorkey_plugin.places import config_folder

NAME = "engine.json"


@dataclass(frozen=True)
class Pointer:
    """The Python of the engine's environment, and the repository that `build.py` is in."""

    python: str
    repository: str = ""


def pointer_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the word is left; it need not be there."""
    return config_folder(environment) / NAME


def read_pointer(environment: Mapping[str, str] = os.environ) -> Pointer | None:
    """What setup left; None where it left nothing, or nothing that can be read."""
    try:
        found = json.loads(pointer_file(environment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    values = found if isinstance(found, dict) else {}
    python, repository = values.get("python"), values.get("repository", "")
    if not isinstance(python, str) or not python or not isinstance(repository, str):
        return None
    return Pointer(python, repository)


def leave_pointer(pointer: Pointer, environment: Mapping[str, str] = os.environ) -> Path:
    """Leave word, in place of what was left before; raises `OSError`."""
    path = pointer_file(environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    facts = {"python": pointer.python, "repository": pointer.repository}
    part.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
    return path


def main(repository: str) -> int:
    """Leave word of the Python that runs this, and say where; 1 where that cannot be written."""
    try:
        path = leave_pointer(Pointer(sys.executable, repository))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
