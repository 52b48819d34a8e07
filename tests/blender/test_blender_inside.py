"""The tests of `inside/`, run by every Blender that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from building.blenders import Blender
from tests.blender.blender_runs import INSIDE, check_inside

OTHERS = ("check_colour.py", "check_config.py")  # which need more than a shot
CHECKS = sorted({path.name for path in INSIDE.glob("check_*.py")}.difference(OTHERS))


@pytest.mark.slow
def test_the_add_on_within(blender: Blender, tmp_path: Path, variables: Mapping[str, str]) -> None:
    check_inside(blender, tmp_path, variables, *CHECKS)
