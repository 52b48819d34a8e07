"""The tests of `inside/`, run by every Blender that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from building.blenders import Blender
from tests.blender.blender_runs import INSIDE, pytest_folder, run

CHECKS = [path for path in INSIDE.glob("check_*.py") if path.stem != "check_colour"]


@pytest.mark.slow
def test_the_add_on_within(blender: Blender, tmp_path: Path, variables: Mapping[str, str]) -> None:
    arguments = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "--rootdir", str(INSIDE)]
    checks = map(str, sorted(CHECKS))
    command = blender.script(
        INSIDE / "run.py",
        str(pytest_folder(tmp_path / "pytest")),
        *("-c", "/dev/null", "--confcutdir", str(INSIDE), *arguments, *checks),
    )
    done = run(blender, command, tmp_path, variables)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert " passed" in done.stdout, done.stdout[-20_000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
