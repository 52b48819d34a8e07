"""Values, end to end in real Blenders: what is rendered is the arithmetic, under any view.

The engine's half-float results laid over a known background by Blender's own Alpha Over must be
what numpy makes of the same files, and a solid area must be the plate itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from building.blenders import Blender
from tests.blender.blender_runs import INSIDE, pytest_folder, run
from tests.blender.pictures import BACKGROUND, Picture, pixels, read
from tests.picture_files import write
from tests.small_shot import alpha_of, plate_of

pytestmark = pytest.mark.slow
HALF = 2.0**-11  # what half floats leave open, relative
FRAME = 1001
WORKING_SPACES = ("bpy-5.0", "bpy-5.2", "debian-sid")  # those that can work in ACEScg


def encoded(linear: Picture) -> Picture:
    """The sRGB curve of IEC 61966-2-1."""
    low = linear * 12.92
    high = 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, low, high).astype(np.float32)


def decoded(codes: Picture) -> Picture:
    """Its inverse."""
    low, high = codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4
    return np.where(codes <= 0.04045, low, high).astype(np.float32)


def make_plates(folder: Path) -> dict[str, Picture]:
    """Plates of each kind, and the scene-linear values that they hold."""
    linear = plate_of(FRAME).astype(np.float32)
    linear[40:, :20] = (4.0, 0.02, 0.5)  # a highlight on the subject's side of nothing
    write(folder / f"linear/plate.{FRAME}.exr", linear.astype(np.float16))
    codes = np.clip(encoded(plate_of(FRAME).astype(np.float32)), 0, 1)
    eight = np.round(codes * 255).astype(np.uint8)
    sixteen = np.round(codes * 65535).astype(np.uint16)
    write(folder / f"png8/plate.{FRAME}.png", eight)
    write(folder / f"png16/plate.{FRAME}.png", sixteen)
    return {
        "linear": linear.astype(np.float16).astype(np.float32),
        "png8": decoded(eight.astype(np.float32) / np.float32(255)),
        "png16": decoded(sixteen.astype(np.float32) / np.float32(65535)),
    }


def test_what_blender_renders_is_the_arithmetic(
    blender: Blender, tmp_path: Path, variables: Mapping[str, str]
) -> None:
    plates = make_plates(tmp_path / "colour")
    command = blender.script(
        INSIDE / "run.py",
        str(pytest_folder(tmp_path / "pytest")),
        *("-c", "/dev/null", "--confcutdir", str(INSIDE), "-q", "-p", "no:cacheprovider"),
        *("--rootdir", str(INSIDE), str(INSIDE / "check_colour.py")),
    )
    done = run(blender, command, tmp_path, {**variables, "CK_COLOUR": str(tmp_path / "colour")})
    assert done.returncode == 0, done.stdout[-10_000:]
    cases = sorted((tmp_path / "colour/cases").iterdir())
    assert len(cases) == (8 if blender.name in WORKING_SPACES else 6)
    for case in cases:
        kind = "png16" if "png16" in case.name else "png8" if "png" in case.name else "linear"
        problems = differences(case, plates[kind])
        assert not problems, f"{case.name}: {problems}"


def differences(case: Path, plate: Picture) -> dict[str, float]:
    """How far each claim is from true, where it is further than half floats allow."""
    foreground, alpha = read(case, FRAME)
    composite = pixels(case / f"out/picture.{FRAME}.exr")
    assert oiio.ImageBuf(str(case / f"out/picture.{FRAME}.exr")).spec().nchannels == 4
    nothing = (alpha == 0)[..., 0]
    solid = (alpha == 1)[..., 0] & (alpha_of(FRAME)[..., 0] == 1)
    soft = ((alpha > 0.05) & (alpha < 0.95))[..., 0]
    assert min(nothing.sum(), solid.sum(), soft.sum()) > 20, "the shot has no such pixels"
    # In another working space the background's numbers are of that space.
    behind = composite[nothing][0] if "acescg" in case.name else BACKGROUND
    expected = foreground * alpha + behind[:3] * (1 - alpha)
    rendered = composite[..., :3]
    seen = {
        "background": relative(composite[nothing], np.broadcast_to(behind, (nothing.sum(), 4))),
        "arithmetic": relative(rendered, expected),
        "edges": relative(rendered[soft], expected[soft]),
        "solid is the plate": relative(rendered[solid], plate[solid]),
        "alpha": relative(composite[..., 3], np.ones_like(composite[..., 3])),
    }
    return {name: float(value) for name, value in seen.items() if value > HALF}


def relative(found: Picture, expected: Picture) -> float:
    """The largest difference, relative to values above 1."""
    return float(np.max(np.abs(found - expected) / np.maximum(1.0, np.abs(expected))))
