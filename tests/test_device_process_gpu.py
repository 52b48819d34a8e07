"""A GPU in a process of its own: the bytes it gives in ours, its memory, its death."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from corridorkey_core.device_process.block import new_block
from corridorkey_core.device_process.crew import Crew
from corridorkey_core.device_process.page_lock import page_locking
from corridorkey_core.errors import DeviceError
from corridorkey_core.job import Job
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.run import run
from corridorkey_core.workshop import Workshop
from tests import dying_device
from tests.fake_shot import leaving_nothing
from tests.keyed_apart import always, shared_blocks
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state
from tests.small_shot import content, job_of, key, make_shot

pytestmark = pytest.mark.gpu
FRAMES = range(1001, 1031)


def by(crew: Crew, job: Job) -> Report:
    """A run whose device is made ready by a crew."""
    return run(plan_job(job), workshop=Workshop(ready=crew.ready))


@pytest.mark.parametrize("keyer", ["chroma", "corridorkey"])
def test_it_gives_the_bytes_that_it_gives_in_this_process(tmp_path: Path, keyer: str) -> None:
    shot = make_shot(tmp_path, FRAMES)
    weights = ""
    if keyer == "corridorkey":
        weights = str(write_checkpoint(tmp_path / "recipe.safetensors", recipe_state(256)))
    job = job_of(shot, device="cuda:0", keyer=keyer, checkpoint=weights, model_size=256)
    key(job)
    here = content(shot / "out")
    shutil.rmtree(shot / "out")
    with leaving_nothing(), Crew() as crew:
        assert len(by(crew, job).finished) == len(FRAMES)
    assert content(shot / "out") == here
    assert shared_blocks() == 0


def test_one_that_dies_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, FRAMES)
    job = job_of(shot, device="cuda:0")
    with Crew(load=dying_device.load_on_all, suits=always) as crew:
        with pytest.raises(DeviceError, match=r"cuda:0 (failed|was lost) while it keyed"):
            by(crew, job)
        with pytest.raises(DeviceError):
            by(crew, job)
    with Crew() as crew:
        by(crew, job)
    assert len(content(shot / "out")) == 4 * len(FRAMES)


def test_shared_memory_is_page_locked_and_let_go_of() -> None:
    lock, unlock = page_locking(torch.device("cuda", torch.cuda.device_count() - 1))
    block = new_block(1 << 20)
    memory = torch.from_numpy(block.bytes)
    lock(1, block)
    assert memory.is_pinned()
    unlock(1, block)
    assert not memory.is_pinned()
    block.close()
