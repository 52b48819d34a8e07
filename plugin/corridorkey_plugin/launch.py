"""Where the engine's Python is, and the environment its process starts in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from corridorkey_core.errors import EngineError
from corridorkey_plugin.pointer import read_pointer

ENVIRONMENT = "CORRIDORKEY_PYTHON"
HERE = Path(__file__).resolve().parent
INSTALL = (
    "Install the engine with `python3 build.py setup` in Corridor Key's folder, then name the "
    f"Python of its environment in the settings or in ${ENVIRONMENT}."
)
# A host sets these for itself; in another Python and beside other libraries they do harm.
OF_THE_HOST = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "DYLD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "DYLD_FRAMEWORK_PATH",
    "OCIO",
    "QT_PLUGIN_PATH",
    "__PYVENV_LAUNCHER__",
)
OF_PYTHON = ("PYTHON", "VIRTUAL_ENV", "CONDA_")


def find_engine_python(setting: str = "", environment: Mapping[str, str] = os.environ) -> str:
    """The Python that has the engine: the setting's, $CORRIDORKEY_PYTHON's, or build.py setup's.

    Setup's is the environment of this file's own repository, else the one that setup left word of.

    The first that is named is taken, and must be there: a file, or the folder of an environment.
    Raises `EngineError`, which says what was tried and how to install.
    """
    named = (("the setting", setting), (f"${ENVIRONMENT}", environment.get(ENVIRONMENT, "")))
    for by, name in named:
        if name.strip():
            return _named(Path(name.strip()).expanduser(), by)
    tried = [python for folder in own_environments() for python in _pythons(folder)]
    pointer = read_pointer(environment)
    tried += [Path(pointer.python)] if pointer else []
    for python in tried:
        if python.is_file():
            return str(python)
    places = "\n".join(f"  {python}" for python in tried)
    raise EngineError(f"The engine's Python was not found. Tried:\n{places}\n{INSTALL}")


def own_environments() -> tuple[Path, ...]:
    """Where `build.py setup` makes an environment, seen from this file."""
    return (HERE.parent.parent / ".venv", HERE.parent / ".venv")


def clean_environment(
    environment: Mapping[str, str] = os.environ, *, ocio: str = ""
) -> dict[str, str]:
    """The engine's environment: the host's, without what is meant for the host itself.

    `ocio` is the config that the engine is to take for $OCIO; a host's own is not passed on.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name.upper() not in OF_THE_HOST and not name.upper().startswith(OF_PYTHON)
    }
    return {**kept, "OCIO": ocio} if ocio else kept


def engine_command(python: str) -> tuple[str, ...]:
    """The command that runs the engine's process in its own Python, and nothing of the user's."""
    return (python, "-I", "-X", "utf8", "-m", "corridorkey_plugin.worker")


def _named(path: Path, by: str) -> str:
    if path.is_dir():
        for python in _pythons(path):
            if python.is_file():
                return str(python)
        raise EngineError(f"{by} names the folder {path}, which holds no Python. {INSTALL}")
    if not path.is_file():
        raise EngineError(f"{by} names {path}, which is not there. {INSTALL}")
    return str(path)


def _pythons(environment: Path) -> tuple[Path, ...]:
    names = ("Scripts/python.exe",) if os.name == "nt" else ("bin/python", "bin/python3")
    return tuple(environment / name for name in names)
