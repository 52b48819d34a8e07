"""What is kept between runs on several devices, and what comes between their frames."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from corridorkey_core.interlude import Interlude
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.plan import plan_job
from corridorkey_core.progress import Event, FrameFinished
from corridorkey_core.run import run
from corridorkey_core.spare import CPU, Spare
from corridorkey_core.warm import WarmKeyer, warm_workshop
from tests.small_shot import content, job_of, key, make_shot
from tests.two_devices import TWO, Bench, OnDevice, made_alone


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return make_shot(tmp_path / "shot", range(1001, 1013))


def test_a_warm_engine_keeps_a_keyer_on_each_device(shot: Path) -> None:
    alone = made_alone(shot)
    bench = Bench()
    keyer = WarmKeyer(bench.load)
    workshop = warm_workshop(keyer, 64 << 20)
    bench.run(job_of(shot, devices=TWO), workshop=workshop)
    first = dict(bench.loaded)
    assert sorted(keyer.loaded) == ["chroma 5 on cpu:0", "chroma 5 on cpu:1"]
    assert content(shot / "out") == alone
    asked = sum(map(len, bench.threads.values()))
    bench.run(job_of(shot, devices=TWO, despill="off"), workshop=workshop)
    assert bench.loaded == first
    assert sum(map(len, bench.threads.values())) == asked, "answers serve whichever device asks"
    warm = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot, despill="off"))
    assert content(shot / "out") == warm
    keyer.free()
    assert keyer.loaded == ()


def test_a_preview_between_frames_finds_all_devices_at_rest(shot: Path) -> None:
    bench = Bench()
    workshop = warm_workshop(WarmKeyer(bench.load), 0)
    at_work, most, lock = set[str](), list[int](), threading.Lock()
    looks: list[tuple[int, ...]] = []

    def preview() -> None:
        assert not at_work
        inner = replace(workshop, interlude=Interlude())
        job = job_of(shot, "1012", devices=TWO, template="look/{pass}.{frame}.{ext}")
        looks.append(run(plan_job(job), workshop=inner).finished)

    def works(name: str) -> None:
        with lock:
            at_work.add(name)
            most.append(len(at_work))

    real = OnDevice.key

    def keying(keyer: OnDevice, *given: Any) -> Prediction:
        try:
            return real(keyer, *given)
        finally:
            with lock:
                at_work.discard(keyer.where)

    bench.at = {name: partial(works, name) for name in ("cpu:0", "cpu:1")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnDevice, "key", keying)

        def tell(event: Event) -> None:
            if isinstance(event, FrameFinished) and not looks:
                workshop.interlude.ask(preview)

        report = run(plan_job(job_of(shot, devices=TWO)), workshop=workshop, on_event=tell)
    assert report.finished == tuple(range(1001, 1013))
    assert looks[0] == (1012,)
    assert set(most) <= {1, 2}


def test_a_spare_keyer_is_loaded_once_and_lent_to_one_at_a_time() -> None:
    loads, inside, most = list[torch.device](), [0], [0]
    start = threading.Barrier(4)

    def load(device: torch.device) -> Keyer:
        loads.append(device)
        return ChromaKeyer(device)

    with Spare() as spare:

        def borrow() -> None:
            start.wait(20)
            for _ in range(50):
                with spare.lent(load):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    inside[0] -= 1

        threads = [threading.Thread(target=borrow) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert loads == [CPU]
    assert most == [1]
