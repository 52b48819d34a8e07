"""Shots of every colour keyed, laid over a background and rendered; the outer tests do the sums.

$CK_COLOUR names a folder that holds plates; a folder for each case is left in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType

import bpy
import pytest
from make_shot_file import build

CASES = {
    "linear_agx": ("linear", {"view": "AgX"}),
    "linear_filmic": ("linear", {"view": "Filmic"}),
    "png8_agx": ("png8", {"view": "AgX"}),
    "png16_filmic": ("png16", {"view": "Filmic"}),
    "rendered_agx": ("linear", {"view": "AgX", "plate": "rendered"}),
    "rendered_png_filmic": ("png8", {"view": "Filmic", "plate": "rendered"}),
    "acescg": ("linear", {"view": "AgX", "working": "ACEScg"}),
    "acescg_rendered": ("linear", {"working": "ACEScg", "plate": "rendered"}),
}


@pytest.mark.usefixtures("add_on")
@pytest.mark.parametrize("name", CASES)
def test_a_case_is_rendered(name: str, add_on: ModuleType) -> None:
    assert add_on
    plates, choices = CASES[name]
    if "working" in choices and bpy.app.version < (5, 0):
        return
    folder = Path(os.environ["CK_COLOUR"])
    (plate,) = (folder / plates).glob("*.1001.*")
    case = folder / "cases" / name
    case.mkdir(parents=True)
    build(str(case / "shot.blend"), str(plate), f"{case}/out/picture.####", choices)
    bpy.context.scene.frame_set(1001)
    assert bpy.ops.corridorkey.key_frame() == {"FINISHED"}
    bpy.context.scene.render.filepath = f"{case}/out/picture.1001.exr"
    bpy.ops.render.render(write_still=True)
    assert (case / "out/picture.1001.exr").is_file()
