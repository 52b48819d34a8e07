"""Pythons that stand in for those which hosts bring."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def hosts_pythons() -> list[str]:
    """This Python, and one of 3.9 where there is one that runs."""
    installed = sorted((Path.home() / ".pyenv/versions").glob("3.9.*/bin/python3.9"))
    for old in (shutil.which("python3.9"), *map(str, installed)):
        if (
            old
            and subprocess.run([old, "-c", ""], capture_output=True, check=False).returncode == 0
        ):
            return [sys.executable, old]
    return [sys.executable]
