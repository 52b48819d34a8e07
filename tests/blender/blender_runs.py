"""Scripts and tests run within a Blender, from outside it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from building.blenders import Blender

INSIDE = Path(__file__).parent / "inside"
PYTEST = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")
PATIENCE = 280.0
OURS = ("PYTHON", "BLENDER", "CORRIDORKEY", "COV_", "PYTEST", "OCIO")


def pytest_folder(folder: Path) -> Path:
    """A folder that holds pytest as this Python has it, and nothing else, for another Python."""
    folder.mkdir()
    for name in PYTEST:
        source = Path(import_module(name).__file__ or "")
        is_package = source.name == "__init__.py"
        (folder / (name if is_package else source.name)).symlink_to(
            source.parent if is_package else source
        )
    return folder


def run(
    blender: Blender, command: list[str], folder: Path, variables: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command of a Blender whose preferences and caches are in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    own = {
        "BLENDER_USER_RESOURCES": str(folder / "blender"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "HOME": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.run(
        command,
        env={**kept, **own, **blender.variables, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
        cwd=folder,
    )


def check_inside(
    blender: Blender, folder: Path, variables: Mapping[str, str], *checks: str
) -> None:
    """Run files of `inside/` by pytest within a Blender; all their tests must run, and pass."""
    command = blender.script(
        INSIDE / "run.py",
        str(pytest_folder(folder / "pytest")),
        *("-c", "/dev/null", "--confcutdir", str(INSIDE), "-q", "-x", "--no-header"),
        *("-p", "no:cacheprovider", "--rootdir", str(INSIDE)),
        *(str(INSIDE / name) for name in checks),
    )
    done = run(blender, command, folder, variables)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert " passed" in done.stdout, done.stdout[-20_000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
