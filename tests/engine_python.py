"""A Python that has the engine: a real environment, made of what the tests themselves run with."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make_engine_environment(folder: Path) -> Path:
    """Make an environment without pip, which finds the engine by its own path file."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = "Lib/site-packages" if os.name == "nt" else f"lib/{version}/site-packages"
    seen = (ROOT, ROOT / "plugin", sysconfig.get_path("purelib"), *site.getsitepackages())
    (folder / packages / "engine.pth").write_text("\n".join(map(str, seen)) + "\n")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
