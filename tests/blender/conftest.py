"""Blenders that are there, the package that artists install, and a shot: once for all tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
import pytest

from building.blenders import blenders_to_test
from building.package import write_zip
from building.package_blender import blender_extension
from tests.movie_files import CODECS, write_movie
from tests.small_shot import make_shot, plate_of

collect_ignore = ["inside"]
MAKE = "no Blender to test with; python3 build.py test --blender makes them"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that wants a `blender`, or a `program`, in each one that is there."""
    for name, wants_program in (("blender", False), ("program", True)):
        if name in metafunc.fixturenames:
            there = [one for one in blenders_to_test() if one.is_program or not wants_program]
            skipped = pytest.param(None, marks=pytest.mark.skip(reason=MAKE), id="none")
            ids = [one.name for one in there] or None
            metafunc.parametrize(name, there or [skipped], ids=ids)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip that an artist installs."""
    name, files = blender_extension()
    return write_zip(tmp_path_factory.mktemp("package") / name, files)


@pytest.fixture(scope="session")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six plates and hints, 96 by 64, linear EXR; the plates as a movie, too."""
    folder = make_shot(tmp_path_factory.mktemp("footage"))
    plates = (np.clip(plate_of(number), 0, 1) ** (1 / 2.2) * 255 for number in range(1001, 1007))
    frames = [av.VideoFrame.from_ndarray(one.astype(np.uint8), "rgb24") for one in plates]
    codec, pixel_format, options = CODECS["h264.mp4"]
    write_movie(folder / "movie.mp4", codec, pixel_format, frames, options=options)
    return folder


@pytest.fixture(scope="session")
def variables(package: Path, python: Path, footage: Path) -> Mapping[str, str]:
    """What tests within Blender are told."""
    return {"CK_PACKAGE": str(package), "CK_ENGINE": str(python), "CK_SHOT": str(footage)}
