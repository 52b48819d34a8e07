"""A CUDA device gives the picture that the CPU gives, also when its memory runs out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corridorkey_core.progress import Notice
from corridorkey_core.read import open_picture
from tests.fake_shot import leaving_nothing
from tests.picture_files import write
from tests.small_shot import alpha_of, content, job_of, key, make_shot, plate_of

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", autouse=True)
def device_in_use() -> None:
    """The driver opens files of its own when a process first uses a device."""
    torch.zeros(1, device="cuda")


def numbers_in(folder: Path) -> dict[str, np.ndarray]:
    """Every picture below a folder as float64; integers as fractions."""
    found = {}
    for name in content(folder):
        with open_picture(str(folder / name), None) as picture:
            pixels = picture.pixels(picture.parts[0], picture.parts[0].channels)
        full = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
        found[name] = pixels.astype(np.float64) / full
    return found


@pytest.mark.parametrize("hint", [True, False])
@pytest.mark.parametrize("format", ["exr", "png"])
def test_cpu_and_gpu_give_the_same_picture(tmp_path: Path, hint: bool, format: str) -> None:
    shot = make_shot(tmp_path, range(1001, 1004))
    tools: dict[str, Any] = {
        "despeckle_area": 12,
        "shrink_grow": -0.7,
        "soften": 0.8,
        "matte_gamma": 1.2,
    }
    key(job_of(shot, hint=hint, format=format, **tools))
    on_cpu = numbers_in(shot / "out")
    shutil.rmtree(shot / "out")
    with leaving_nothing():
        report, _ = key(job_of(shot, hint=hint, format=format, device="cuda", **tools))
    assert len(report.finished) == 3
    for name, pixels in numbers_in(shot / "out").items():
        off = np.abs(pixels - on_cpu[name])
        # A threshold may fall to either side of a pixel; most pixels are the same to a rounding.
        assert off.mean() < 1e-4, name
        assert np.quantile(off, 0.999) < 4e-3, name


@pytest.fixture
def little_memory() -> Iterator[None]:
    """A device whose memory is all but used up."""
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(24 * 2**20 / total)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.usefixtures("little_memory")
def test_out_of_memory_is_survived_and_told_once(tmp_path: Path) -> None:
    for number in range(1001, 1004):
        write(tmp_path / f"plate/shot.{number}.exr", plate_of(number, 1280, 720))
        write(tmp_path / f"hint/shot.{number}.exr", alpha_of(number, 1280, 720), ["Y"])
    report, events = key(job_of(tmp_path, device="cuda"))
    assert len(report.finished) == 3
    said = [event.message for event in events if isinstance(event, Notice)]
    assert sum("keying such frames on the CPU" in words for words in said) == 1
    on_gpu = numbers_in(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    key(job_of(tmp_path))
    for name, pixels in numbers_in(tmp_path / "out").items():
        assert (pixels == on_gpu[name]).all(), name
