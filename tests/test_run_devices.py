"""Whole runs on several devices: the bytes of one, whatever happens to one of them."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from corridorkey_core import key_frame
from corridorkey_core.errors import DeviceError, WeightsError
from corridorkey_core.key_frame import ECHOES
from corridorkey_core.postprocess import passes_on_their_way
from corridorkey_core.stored import Download
from tests.fake_shot import leaving_nothing
from tests.small_shot import content, job_of, key, make_shot, temporaries
from tests.test_run_failures import frames_on_disk
from tests.two_devices import DEAD, TWO, Bench, made_alone


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return make_shot(tmp_path / "shot", range(1001, 1013))


@pytest.mark.parametrize("sampling", ["shot", "frame"])
def test_several_devices_give_the_bytes_of_one(shot: Path, sampling: str) -> None:
    key(job_of(shot, screen_sampling=sampling))
    one = content(shot / "out")
    shutil.rmtree(shot / "out")
    bench = Bench()
    with leaving_nothing():
        report = bench.run(job_of(shot, devices=TWO, screen_sampling=sampling))
    assert report.finished == tuple(range(1001, 1013))
    assert content(shot / "out") == one
    assert set(bench.keyed_on.values()) == {"cpu:0", "cpu:1"}


def test_each_devices_keyer_is_loaded_and_used_by_one_thread_of_its_own(shot: Path) -> None:
    bench = Bench()
    bench.run(job_of(shot, devices=TWO))
    owners = [set(threads) for threads in bench.threads.values()]
    assert [len(owner) for owner in owners] == [1, 1]
    assert len({*owners[0], *owners[1], threading.get_ident()}) == 3


def test_what_every_device_says_is_said_once(shot: Path) -> None:
    bench = Bench()
    bench.run(job_of(shot, devices=TWO))
    assert bench.notices == ["Keyer: chroma."]


def test_devices_do_not_change_what_is_current(shot: Path) -> None:
    key(job_of(shot, "1001-1004"))
    bench = Bench()
    report = bench.run(job_of(shot, devices=TWO))
    assert report.skipped == (1001, 1002, 1003, 1004)
    assert key(job_of(shot))[0].skipped == tuple(range(1001, 1013))


def test_no_more_devices_are_made_ready_than_there_are_frames(shot: Path) -> None:
    bench = Bench()
    bench.threads["cpu:0"].append(0)  # it waits for nobody
    assert bench.run(job_of(shot, "1003", devices=TWO)).finished == (1003,)
    assert list(bench.loaded) == ["cpu:0"]


def test_a_device_whose_memory_runs_out_makes_do_and_the_other_goes_on(shot: Path) -> None:
    alone = made_alone(shot)
    bench = Bench()

    def full() -> None:
        if not bench.loaded["cpu:1"].economised:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    bench.at["cpu:1"] = full
    assert not bench.run(job_of(shot, devices=TWO)).failed
    assert content(shot / "out") == alone
    assert bench.loaded["cpu:1"].economised == 1
    assert bench.loaded["cpu:0"].economised == 0
    assert bench.notices[1:] == [
        "cpu:1 ran out of memory; freed what was cached.",
        "cpu:1 ran out of memory; it now works in tiles.",
    ]


def test_a_device_that_fails_costs_one_frame_which_the_next_run_keys(shot: Path) -> None:
    alone = made_alone(shot)
    bench = Bench()

    def dies() -> None:
        raise RuntimeError(DEAD)

    bench.at["cpu:1"] = dies
    with leaving_nothing():
        report = bench.run(job_of(shot, devices=TWO))
    (failure,) = report.failed
    assert failure.stage == "key"
    assert failure.reason.startswith("cpu:1 failed while it keyed frame ")
    assert "unspecified launch failure" in failure.reason
    assert len(report.finished) == 11
    assert len(bench.notices) == 2
    assert bench.notices[1].endswith("It is given no more frames; other devices go on.")
    again, _ = key(job_of(shot))
    assert again.finished == (failure.frame,)
    assert content(shot / "out") == alone


def test_the_last_devices_failure_is_told_and_what_is_on_disk_is_whole(shot: Path) -> None:
    alone = made_alone(shot)
    bench = Bench()

    def dies() -> None:
        raise RuntimeError(DEAD)

    bench.at["cpu:0"] = bench.at["cpu:1"] = dies
    with pytest.raises(DeviceError, match="unspecified launch failure") as caught:
        bench.run(job_of(shot, devices=TWO))
    assert isinstance(caught.value.__cause__, RuntimeError)
    key(job_of(shot))
    assert content(shot / "out") == alone


def test_a_device_that_fails_before_a_frame_has_left_it_fails_that_frame(
    shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = passes_on_their_way
    left = [1]

    def lost() -> None:
        raise RuntimeError(DEAD)

    def passes(*given: Any) -> Download:
        download = sent(*given)
        return replace(download, wait=lost) if left.pop() else download

    monkeypatch.setattr(key_frame, "passes_on_their_way", passes)
    report, _ = key(job_of(shot, "1001"))
    (failure,) = report.failed
    assert failure.stage == "key"
    assert failure.reason.startswith("cpu failed before the frame had left it: CUDA error")


def test_a_bug_on_one_device_keeps_its_traceback(shot: Path) -> None:
    bench = Bench()

    def divide() -> float:
        return 1 / 0

    bench.at["cpu:1"] = divide
    with leaving_nothing(), pytest.raises(ZeroDivisionError):
        bench.run(job_of(shot, devices=TWO))
    assert set(frames_on_disk(shot).values()) <= {4}
    assert temporaries(shot) == []


def test_devices_with_different_keyers_are_refused(shot: Path) -> None:
    bench = Bench()
    bench.identities["cpu:1"] = "chroma of tomorrow"
    with leaving_nothing(), pytest.raises(WeightsError, match="chroma of tomorrow"):
        bench.run(job_of(shot, devices=TWO))
    assert not (shot / "out").exists()


@pytest.mark.parametrize("times", [1, ECHOES])
def test_another_devices_failure_that_is_told_to_one_that_works_costs_nothing(
    shot: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    alone, bench, left = made_alone(shot), Bench(), [times]

    def echo() -> None:
        if left[0]:
            left[0] -= 1
            raise RuntimeError(DEAD)

    monkeypatch.setattr(key_frame, "still_works", lambda _device: True)
    bench.at["cpu:0"] = echo
    assert not bench.run(job_of(shot, devices=TWO)).failed
    assert content(shot / "out") == alone


def test_an_error_of_a_device_that_works_all_the_same_is_a_bug(
    shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench()

    def always() -> None:
        raise RuntimeError(DEAD)

    monkeypatch.setattr(key_frame, "still_works", lambda _device: True)
    bench.at["cpu:1"] = always
    with pytest.raises(RuntimeError, match="unspecified launch failure"):
        bench.run(job_of(shot, devices=TWO))
