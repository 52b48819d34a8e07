"""Two GPUs give the bytes of one; one that runs out of memory or dies leaves the other at work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from corridorkey_core.progress import FrameFinished, Notice
from tests.fake_shot import leaving_nothing
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state
from tests.picture_files import write
from tests.small_shot import ROOT, alpha_of, content, job_of, key, make_shot, plate_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices"),
]
TWO = "cuda:0,cuda:1"


@pytest.mark.parametrize("keyer", ["chroma", "corridorkey"])
def test_two_devices_and_either_of_them_give_the_same_bytes(tmp_path: Path, keyer: str) -> None:
    shot = make_shot(tmp_path, range(1001, 1041))
    weights = ""
    if keyer == "corridorkey":
        weights = str(write_checkpoint(tmp_path / "recipe.safetensors", recipe_state(256)))
    made = {}
    for devices in ("cuda:0", "cuda:1", TWO):
        job = job_of(shot, devices=devices, keyer=keyer, checkpoint=weights, model_size=256)
        with leaving_nothing():
            report, events = key(job)
        assert len(report.finished) == 40
        used = {event.device for event in events if isinstance(event, FrameFinished)}
        assert used == set(devices.split(","))
        made[devices] = content(shot / "out")
        shutil.rmtree(shot / "out")
    assert made[TWO] == made["cuda:0"] == made["cuda:1"]


@pytest.fixture
def little_memory_on_the_second() -> Iterator[None]:
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(1).total_memory
    torch.cuda.set_per_process_memory_fraction(24 * 2**20 / total, 1)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0, 1)


@pytest.mark.usefixtures("little_memory_on_the_second")
def test_a_device_without_memory_keys_on_the_cpu_and_the_other_goes_on(tmp_path: Path) -> None:
    for number in range(1001, 1013):
        write(tmp_path / f"plate/shot.{number}.exr", plate_of(number, 1280, 720))
        write(tmp_path / f"hint/shot.{number}.exr", alpha_of(number, 1280, 720), ["Y"])
    report, events = key(job_of(tmp_path, devices=TWO))
    assert len(report.finished) == 12
    said = [event.message for event in events if isinstance(event, Notice)]
    assert sum("cuda:1 ran out of memory; keying such frames on the CPU" in s for s in said) == 1
    assert not any("cuda:0 ran out" in words for words in said)


def test_a_device_that_dies_costs_few_frames_and_the_other_goes_on(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1041))
    said = subprocess.run(
        [sys.executable, "-m", "tests.dying_device", str(shot)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    facts = json.loads(said.stdout)
    assert len(facts["finished"]) + len(facts["failed"]) == 40
    assert len(facts["failed"]) in (1, 2), "that which it died of, and perhaps one on its way"
    assert any(words.endswith("other devices go on.") for words in facts["said"])
    finished = facts["finished"]
    key(job_of(shot, device="cuda:0"))
    assert len(content(shot / "out")) == 160
    assert finished == sorted(finished)
