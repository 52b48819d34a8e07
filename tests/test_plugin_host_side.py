"""The host's side in Pythons that have nothing: this one with its packages blocked, and a 3.9."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.engine_python import make_engine_environment
from tests.hosts_pythons import hosts_pythons
from tests.small_shot import content, make_shot

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "tests/host_side.py"


@pytest.mark.parametrize("python", hosts_pythons())
def test_a_host_without_any_package_keys_with_the_real_engine(python: str, tmp_path: Path) -> None:
    engine = make_engine_environment(tmp_path / "env")
    shot = make_shot(tmp_path / "shot", range(1001, 1003))
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugin")])
    poison = {
        "PYTHONPATH": path,
        "PYTHONHOME": "",
        "LD_LIBRARY_PATH": str(tmp_path),
        "OCIO": "/a/hosts/own/config.ocio",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [python, "-S", str(SCRIPT), str(engine), str(shot), str(tmp_path / "logs")],
        capture_output=True,
        text=True,
        env={**os.environ, **poison},
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert said == [
        "files 0 (1001, 1002) ()",
        "own 0 (1001, 1002) ()",
        "files 0 () (1001, 1002)",
        " Did you mean shot.####.exr (1001-1002)?",
        "[1001, 1002, 1001, 1002, 1001, 1002] [1001, 1002]",
    ]
    assert len([name for name in content(shot / "cache") if name.endswith(".exr")]) == 16
