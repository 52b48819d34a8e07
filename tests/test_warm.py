"""What is kept between runs: same bytes as a full run, and no keyer asked twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio
import pytest
import torch

from corridorkey_core.errors import ReadError, WeightsError
from corridorkey_core.frames import Frame, Header, Plate, Window
from corridorkey_core.interlude import Interlude
from corridorkey_core.job import Job
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.keyer import Keyer, Prediction
from corridorkey_core.plan import plan_job
from corridorkey_core.process import Report
from corridorkey_core.progress import CancelToken, Event, FrameFinished
from corridorkey_core.read import codec_threads, open_picture, read_hint
from corridorkey_core.recent import Answer, Recent
from corridorkey_core.run import run
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.temporary import temporary_name
from corridorkey_core.warm import WarmKeyer, warm_workshop
from corridorkey_core.workshop import Workshop
from tests.fake_shot import leaving_nothing
from tests.picture_files import write
from tests.small_shot import content, job_of, key, make_shot, plate_of

CPU = torch.device("cpu")
ROOMY = 64 << 20


class Counted(ChromaKeyer):
    """The real chroma keyer, which knows how often it was asked and whether it was closed."""

    def __init__(self) -> None:
        super().__init__(CPU)
        self.asked = self.closed = 0

    def key(self, plate: torch.Tensor, hint: torch.Tensor, screen: Screen) -> Prediction:
        self.asked += 1
        return super().key(plate, hint, screen)

    def close(self) -> None:
        self.closed += 1


class Bench:
    """A warm workshop whose keyers are counted."""

    def __init__(self, most_bytes: int = ROOMY) -> None:
        self.loaded: list[Counted] = []
        self.open_at_load: list[int] = []
        self.keyer = WarmKeyer(self._load)
        self.workshop = warm_workshop(self.keyer, most_bytes)

    def _load(self, _s: Settings, _d: torch.device, _say: Callable[[str], None]) -> Keyer:
        self.open_at_load.append(sum(not keyer.closed for keyer in self.loaded))
        self.loaded.append(Counted())
        return self.loaded[-1]

    @property
    def asked(self) -> int:
        return sum(keyer.asked for keyer in self.loaded)

    def key(self, job: Job, **options: Any) -> Report:
        return run(plan_job(job), workshop=self.workshop, **options)


CHEAP: list[dict[str, Any]] = [
    {"despeckle_area": 0},
    {"clip_black": 0.1, "clip_white": 0.8},
    {"matte_gamma": 1.7},
    {"shrink_grow": -1.5, "soften": 0.8},
    {"restore_source": False},
    {"despill": "average", "despill_strength": 0.5},
    {"format": "png"},
    {"bit_depth": "float", "compression": "piz"},
    {"layout": "layered"},
]


@pytest.mark.parametrize("sampling", ["shot", "frame"])
def test_what_comes_after_the_keyer_needs_none_and_gives_the_bytes_of_a_full_run(
    tmp_path: Path, sampling: str
) -> None:
    shot, bench = make_shot(tmp_path, range(1001, 1004)), Bench()
    bench.key(job_of(shot, screen_sampling=sampling))
    assert bench.asked == 3
    for changes in CHEAP:
        job = job_of(shot, screen_sampling=sampling, **changes)
        shutil.rmtree(shot / "out")
        assert bench.key(job).finished == (1001, 1002, 1003)
        warm = content(shot / "out")
        shutil.rmtree(shot / "out")
        key(job)
        assert content(shot / "out") == warm, changes
    assert (bench.asked, len(bench.loaded)) == (3, 1)


def test_a_damaged_plate_is_repaired_as_in_a_full_run(tmp_path: Path) -> None:
    shot, bench = make_shot(tmp_path, range(1001, 1002)), Bench()
    broken = plate_of(1001)
    broken[32, 50] = np.nan
    write(shot / "plate/shot.1001.exr", broken)
    bench.key(job_of(shot))
    bench.key(job_of(shot, despill="off"))
    warm = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot, despill="off"))
    assert (content(shot / "out"), bench.asked) == (warm, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"screen": "green"},
        {"refiner_strength": 0.5},
        {"colour_space": "srgb"},
        {"hint_channel": "luminance"},
    ],
    ids=str,
)
def test_what_comes_before_the_answer_asks_the_keyer_again(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    shot, bench = make_shot(tmp_path, range(1001, 1002)), Bench()
    bench.key(job_of(shot))
    bench.key(job_of(shot, **changes))
    assert bench.asked == 2
    warm = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot, **changes))
    assert content(shot / "out") == warm


def test_another_plate_of_that_name_is_keyed_anew(tmp_path: Path) -> None:
    shot, bench = make_shot(tmp_path, range(1001, 1003)), Bench()
    bench.key(job_of(shot))
    write(shot / "plate/shot.1002.exr", plate_of(7))
    assert bench.key(job_of(shot, overwrite=True)).finished == (1001, 1002)
    warm = content(shot / "out")
    shutil.rmtree(shot / "out")
    key(job_of(shot))
    assert content(shot / "out") == warm


def frame(number: int, edge: int = 8) -> Frame:
    window = Window(0, 0, edge, edge)
    pixels = np.zeros((edge, edge, 3), np.float16)
    return Frame(Plate(number, "p", pixels, Header(window, window), "linear"), inputs=str(number))


def answer(edge: int = 8) -> Answer:
    return Answer(
        Prediction(torch.zeros(1, edge, edge), torch.zeros(3, edge, edge)), Screen("green", None)
    )


def test_answers_are_bounded_by_bytes_and_what_was_used_longest_ago_goes() -> None:
    one = 8 * 8 * (3 * 2 + 4 * 4)
    recent, settings = Recent(3 * one), Settings()
    for number in (1, 2, 3):
        recent.keep(frame(number), settings, "k", answer())
    assert recent.nbytes == 3 * one
    assert recent.answer(frame(1), settings, "k")
    recent.keep(frame(4), settings, "k", answer())
    assert [bool(recent.answer(frame(n), settings, "k")) for n in (1, 2, 3, 4)] == [
        True, False, True, True,
    ]  # fmt: skip
    recent.keep(frame(9, 64), settings, "k", answer(64))
    assert recent.answer(frame(9, 64), settings, "k") is None, "larger than all there is"
    assert recent.count == 3
    recent.keep(frame(1), settings, "another", answer())
    assert recent.answer(frame(1), settings, "k") is None
    assert recent.nbytes == 3 * one, "an answer replaces the frame's older one"
    recent.clear()
    assert recent.nbytes == 0


def test_an_answer_is_a_copy_that_nobody_can_change() -> None:
    recent, given = Recent(ROOMY), answer()
    recent.keep(frame(1), Settings(), "k", given)
    given.prediction.alpha.add_(1)
    kept = recent.answer(frame(1), Settings(), "k")
    assert kept
    assert kept.prediction.alpha.sum() == 0


def test_a_keyer_stays_until_another_is_asked_for_and_goes_before_that_is_loaded(
    tmp_path: Path,
) -> None:
    shot, bench = make_shot(tmp_path, range(1001, 1003)), Bench()
    with leaving_nothing():
        bench.key(job_of(shot))
    bench.key(job_of(shot, "1002", overwrite=True, soften=1.0))
    assert [keyer.closed for keyer in bench.loaded] == [0]
    bench.key(job_of(shot, model_size=1024))
    assert bench.open_at_load == [0, 0]
    assert bench.keyer.serves(Settings(keyer="chroma", model_size=1024))
    assert not bench.keyer.serves(Settings(keyer="chroma"))
    bench.keyer.free()
    assert [keyer.closed for keyer in bench.loaded] == [1, 1]
    assert bench.keyer.loaded == ()
    bench.key(job_of(shot))
    assert len(bench.loaded) == 3


def test_a_keyer_that_cannot_be_loaded_leaves_none(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    keyer = WarmKeyer()
    workshop = warm_workshop(keyer, 0)
    run(plan_job(job_of(shot)), workshop=workshop)
    missing = job_of(shot, keyer="corridorkey", checkpoint=str(tmp_path / "none.pth"))
    with pytest.raises(WeightsError):
        run(plan_job(missing), workshop=workshop)
    assert keyer.loaded == ()
    assert run(plan_job(job_of(shot, overwrite=True)), workshop=workshop).finished


def test_between_two_frames_there_is_time_for_another(tmp_path: Path) -> None:
    shot, bench = make_shot(tmp_path), Bench()
    order: list[object] = []
    inner = replace(bench.workshop, interlude=Interlude())

    def preview() -> None:
        job = job_of(shot, "1006", template="look/{pass}.{frame}.{ext}")
        order.append(run(plan_job(job), workshop=inner).finished)

    def tell(event: Event) -> None:
        if isinstance(event, FrameFinished):
            if not order:
                bench.workshop.interlude.ask(preview)
            order.append(event.frame)

    report = bench.key(job_of(shot, read_ahead=1, write_behind=1), on_event=tell)
    assert report.finished == tuple(range(1001, 1007))
    assert order.index((1006,)) < order.index(1006)
    assert bench.asked == 6, "the frame that was looked at is not asked for again"


def test_a_run_that_waits_wakes_for_an_interlude(tmp_path: Path) -> None:
    shot, bench, came = make_shot(tmp_path, range(1001, 1003)), Bench(), threading.Event()

    def await_inputs(_number: int) -> None:
        if not came.is_set():
            bench.workshop.interlude.ask(came.set)
            assert came.wait(20)

    assert bench.key(job_of(shot), await_inputs=await_inputs).finished == (1001, 1002)


def test_frames_whose_files_come_later_are_recorded_as_they_came(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1004))
    late = {path: path.read_bytes() for path in shot.rglob("*1002.exr")}
    for path in late:
        path.unlink()

    def await_inputs(number: int) -> None:
        if number == 1002:
            for path, data in late.items():
                path.write_bytes(data)

    job = replace(
        job_of(shot),
        plate=str(shot / "plate/shot.1001-1003####.exr"),
        hint=str(shot / "hint/shot.1001-1003####.exr"),
        frames="1001-1003",
    )
    report = run(plan_job(job), await_inputs=await_inputs)
    assert report.finished == (1001, 1002, 1003)
    assert run(plan_job(job)).skipped == (1001, 1002, 1003)


def test_what_a_killed_run_left_of_a_record_is_cleared_too(tmp_path: Path) -> None:
    shot = make_shot(tmp_path, range(1001, 1002))
    key(job_of(shot))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    name = temporary_name(".json").replace(f" {os.getpid()} ", f" {ended.pid} ")
    left = shot / "out/.corridorkey/shot" / name
    left.write_text("half a record")
    key(job_of(shot, overwrite=True))
    assert not left.exists()


def test_files_that_never_come_fail_their_frame_alone(tmp_path: Path) -> None:
    def await_inputs(number: int) -> None:
        if number == 1002:
            raise ReadError("The host could not render it.", frame=number)

    plan = plan_job(job_of(make_shot(tmp_path, range(1001, 1004))))
    report = run(plan, await_inputs=await_inputs)
    assert report.finished == (1001, 1003)
    assert [failure.reason for failure in report.failed] == ["The host could not render it."]


def test_a_cancelled_run_leaves_the_keyer_ready(tmp_path: Path) -> None:
    shot, bench, cancel = make_shot(tmp_path), Bench(), CancelToken()
    cancel.cancel()
    assert bench.key(job_of(shot), cancel=cancel).cancelled
    assert bench.key(job_of(shot)).finished == tuple(range(1001, 1007))
    assert len(bench.loaded) == 1


def test_a_reduced_picture_is_small_told_from_the_whole_one_and_has_its_windows(
    tmp_path: Path,
) -> None:
    shown = Window(0, 0, 80, 48)
    shot = make_shot(tmp_path, range(1001, 1002), data=(-8, -8), display=shown)
    whole = job_of(shot, hint=False)
    key(whole)
    full = read_hint(str(shot / "out/matte/shot.1001.exr"), 1001, "auto").pixels.astype(np.float32)
    report = run(plan_job(whole), longest_edge=48)
    assert report.finished == (1001,), "a small picture is not current where a whole one is asked"
    with open_picture(str(shot / "out/matte/shot.1001.exr"), None) as picture:
        header = picture.header(picture.parts[0])
        small = picture.pixels(picture.parts[0], ("Y",))[..., 0].astype(np.float32)
    assert (header.data, header.display) == (Window(-4, -4, 48, 32), Window(0, 0, 40, 24))
    averaged = full.reshape(32, 2, 48, 2).mean(axis=(1, 3))
    assert np.abs(small - averaged).mean() < 0.01
    assert run(plan_job(whole), workshop=Workshop(), longest_edge=48).skipped == (1001,)
    assert key(whole)[0].finished == (1001,)


def test_a_single_frame_between_many_uses_all_cores_within_its_files_and_they_one_again() -> None:
    def threads() -> tuple[int, int]:
        return oiio.get_int_attribute("threads"), oiio.get_int_attribute("exr_threads")

    before = threads()
    with codec_threads(1):
        assert threads() == (1, -1)
        with codec_threads(0):
            assert threads()[0] == before[0]
        assert threads() == (1, -1)
    assert threads() == before
