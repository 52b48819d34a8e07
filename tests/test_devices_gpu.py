"""Two GPUs give the bytes of one; one that runs out of memory or dies leaves the other at work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from corridorkey_core.device_process.crew import Crew
from corridorkey_core.job import Job
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import Event, FrameFinished, Notice
from corridorkey_core.run import run
from corridorkey_core.workshop import Workshop
from tests import dying_device
from tests.keyed_apart import always
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state
from tests.picture_files import write
from tests.small_shot import alpha_of, content, job_of, key, make_shot, plate_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices"),
]
TWO = "cuda:0,cuda:1"


def by(crew: Crew, job: Job) -> tuple[Report, list[Event]]:
    """A run whose devices are made ready by a crew."""
    events: list[Event] = []
    report = run(plan_job(job), on_event=events.append, workshop=Workshop(ready=crew.ready))
    return report, events


@pytest.mark.parametrize("keyer", ["chroma", "corridorkey"])
def test_two_devices_either_of_them_and_processes_give_the_same_bytes(
    tmp_path: Path, keyer: str
) -> None:
    shot = make_shot(tmp_path, range(1001, 1041))
    weights = ""
    if keyer == "corridorkey":
        weights = str(write_checkpoint(tmp_path / "recipe.safetensors", recipe_state(256)))
    made = {}
    with Crew(suits=always) as crew:
        for way in ("cuda:0", "cuda:1", TWO, "processes"):
            devices = TWO if way == "processes" else way
            job = job_of(shot, devices=devices, keyer=keyer, checkpoint=weights, model_size=256)
            report, events = by(crew, job) if way == "processes" else key(job)
            assert len(report.finished) == 40
            used = {event.device for event in events if isinstance(event, FrameFinished)}
            assert used == set(devices.split(","))
            made[way] = content(shot / "out")
            shutil.rmtree(shot / "out")
    assert made["processes"] == made[TWO] == made["cuda:0"] == made["cuda:1"]


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
    with Crew(load=dying_device.load) as crew:
        report, events = by(crew, job_of(shot, devices=TWO))
        assert len(report.finished) + len(report.failed) == 40
        assert len(report.failed) in (1, 2), "that which it died of, and perhaps one on its way"
        said = [event.message for event in events if isinstance(event, Notice)]
        assert any(words.endswith("other devices go on.") for words in said)
    key(job_of(shot, device="cuda:0"))
    assert len(content(shot / "out")) == 160
