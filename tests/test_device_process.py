"""Devices in processes of their own: the bytes and the words of one process."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from corridorkey_core.deferred_write import Part
from corridorkey_core.device_process.crew import Crew, processes_suit
from corridorkey_core.errors import DeviceError, WeightsError
from corridorkey_core.footage import Footage
from corridorkey_core.frames import Frame, KeyedFrame
from corridorkey_core.outputs import OutputPlan
from corridorkey_core.plan import plan_job
from corridorkey_core.run import run
from corridorkey_core.trace import Trace
from corridorkey_core.workshop import Workshop
from tests.fake_shot import Elsewhere, Gate, Waits, leaving_nothing
from tests.keyed_apart import LOADING, Apart, apart, children, linux, shared_blocks
from tests.picture_files import write
from tests.small_shot import alpha_of, content, job_of, key, make_shot, plate_of, temporaries
from tests.test_run_failures import frames_on_disk
from tests.two_devices import TWO, made_alone

pytestmark = linux
whole_run = sys.modules["corridorkey_core.run"]
NUMBERS = tuple(range(1001, 1013))


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    return make_shot(tmp_path / "shot", range(1001, 1013))


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    """Two processes for all tests: each finds them as another one has left them."""
    with apart(tmp_path_factory.mktemp("script")) as made:
        made.crew.start(2)
        yield made


@pytest.fixture
def two(crew: Apart) -> Iterator[Apart]:
    crew.script.forget()
    crew.script.have_them_meet()
    with leaving_nothing():
        yield Apart(crew.script, crew.crew)
        # A bug's traceback holds, in a circle, what it was met with.
        gc.collect()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Apart]:
    """Two processes that have loaded no keyer yet."""
    with apart(tmp_path / "script") as made:
        made.script.have_them_meet()
        yield made


# The same pictures


@pytest.mark.parametrize("sampling", ["shot", "frame"])
def test_processes_give_the_bytes_of_one_process(shot: Path, two: Apart, sampling: str) -> None:
    key(job_of(shot, screen_sampling=sampling))
    one = content(shot / "out")
    shutil.rmtree(shot / "out")
    report = two.run(job_of(shot, devices=TWO, screen_sampling=sampling))
    assert report.finished == NUMBERS
    assert content(shot / "out") == one
    assert set(two.keyed_on.values()) == {"cpu:0", "cpu:1"}


@pytest.mark.parametrize("format", ["exr", "png", "tiff", "dpx"])
@pytest.mark.parametrize("hint", [True, False])
def test_every_type_of_file_comes_out_the_same(
    tmp_path: Path, two: Apart, format: str, hint: bool
) -> None:
    shot = make_shot(tmp_path / "shot", range(1001, 1005))
    job = job_of(shot, hint=hint, format=format)
    key(job)
    one = content(shot / "out")
    shutil.rmtree(shot / "out")
    (two.script.folder / "meet").unlink()
    assert len(two.run(job).finished) == 4
    assert content(shot / "out") == one


def test_frames_of_different_sizes_and_types_share_what_blocks_there_are(
    tmp_path: Path, two: Apart
) -> None:
    shot = tmp_path / "shot"
    kinds = (np.float16, np.float32)
    for number in range(1001, 1021):
        size = (48 + 40 * (number % 3), 32 + 24 * (number % 5))
        pixels = plate_of(number, *size).astype(kinds[number % 2])
        write(shot / f"plate/shot.{number}.exr", pixels)
        write(shot / f"hint/shot.{number}.exr", alpha_of(number, *size), ["Y"])
    one = made_alone(shot)
    assert not two.run(job_of(shot, devices=TWO)).failed
    assert content(shot / "out") == one


def test_what_a_plate_says_besides_its_pixels_is_in_the_results(tmp_path: Path, two: Apart) -> None:
    # More than a socket holds.
    shot = make_shot(tmp_path / "shot", range(1001, 1003), DocumentName="long " * 200_000)
    one = made_alone(shot)
    two.run(job_of(shot, devices=TWO))
    assert content(shot / "out") == one


def test_the_processes_serve_one_shot_after_another(shot: Path, two: Apart) -> None:
    one = made_alone(shot)
    two.run(job_of(shot, devices=TWO))
    serving = children()
    assert len(serving) == 2
    shutil.rmtree(shot / "out")
    two.run(job_of(shot, devices=TWO))
    assert children() == serving
    assert content(shot / "out") == one


def test_results_may_be_reduced(shot: Path, two: Apart) -> None:
    run(plan_job(job_of(shot)), longest_edge=40)
    one = content(shot / "out")
    shutil.rmtree(shot / "out")
    two.run(job_of(shot, devices=TWO), longest_edge=40)
    assert content(shot / "out") == one


def test_no_more_blocks_are_made_than_frames_are_on_their_way(shot: Path, two: Apart) -> None:
    most = [0]
    tell = two._tell

    def count(event: object) -> None:
        most[0] = max(most[0], shared_blocks())
        tell(event)  # type: ignore[arg-type]

    two._tell = count  # type: ignore[method-assign]
    two.run(job_of(shot, devices=TWO, read_ahead=1, write_behind=2))
    # Read: two ahead, one on each, one of each whose results are on their way, one for the reader.
    # Keyed: two, and one of each that is let go of only as the next is asked for.
    assert 0 < most[0] <= 7 + 4
    assert shared_blocks() == 0


def test_a_slow_disk_holds_the_devices_up(
    shot: Path, two: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, full = Gate(), threading.Event()
    real = whole_run.write_keyed

    def slow(keyed: KeyedFrame, plan: OutputPlan) -> list[Part]:
        return [partial(_after, gate, part) for part in real(keyed, plan)]

    monkeypatch.setattr(whole_run, "write_keyed", slow)
    waits = Waits()
    waits.begin["wait for write"] = full.set
    job = job_of(shot, devices=TWO, write_behind=3)
    running = Elsewhere(partial(two.run, job, trace=waits))
    assert full.wait(20)
    assert sum(two.script.frames(device) for device in TWO.split(",")) <= 3
    blocks = shared_blocks()
    gate.open()
    assert running.report().finished == NUMBERS
    assert blocks <= 3 + 12


def _after(gate: Gate, part: Part) -> Path:
    gate()
    return part()


def test_devices_wait_for_a_slow_reader(
    shot: Path, two: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = threading.Semaphore(0)
    real = Footage.read

    def slow(footage: Footage, number: int) -> Frame:
        assert turns.acquire(timeout=20)
        return real(footage, number)

    monkeypatch.setattr(Footage, "read", slow)
    (two.script.folder / "meet").unlink()
    waits = Waits()
    waits.begin["wait for read"] = turns.release
    report = two.run(job_of(shot, devices=TWO, read_threads=1), trace=waits)
    assert report.finished == NUMBERS


# The same words


def test_what_every_device_says_is_said_once(shot: Path, fresh: Apart) -> None:
    fresh.run(job_of(shot, devices=TWO))
    assert fresh.notices == ["Keyer: chroma."]


def test_what_is_said_of_a_frame_crosses_over(shot: Path, two: Apart) -> None:
    broken = plate_of(1003)
    broken[3, 4] = np.nan
    write(shot / "plate/shot.1003.exr", broken)
    two.run(job_of(shot, devices=TWO))
    assert "1 NaN or Inf pixels in the plate were replaced." in two.notices


def test_a_frame_that_fails_there_fails_with_its_words(shot: Path, two: Apart) -> None:
    two.script.tell("cpu:1", 1, "run out of memory")
    two.script.tell("cpu:0", 1, "give up")
    report = two.run(job_of(shot, devices=TWO))
    assert [failure.stage for failure in report.failed] == ["key", "key"]
    told = {failure.reason: failure.path for failure in report.failed}
    assert told["It is broken."] == "plate.exr"
    assert any(reason.startswith("Out of memory; lower") for reason in told)
    assert len(report.finished) == 10


def test_a_bug_there_keeps_its_traceback_and_its_frame(shot: Path, two: Apart) -> None:
    two.script.tell("cpu:1", 2, "divide")
    with pytest.raises(ZeroDivisionError) as caught:
        two.run(job_of(shot, devices=TWO))
    text = "".join(traceback.format_exception(caught.value))
    assert "keyed_apart.py" in text
    assert "in _key" in text
    if sys.version_info >= (3, 11):
        assert "was at stage key" in text
    assert set(frames_on_disk(shot).values()) <= {4}
    assert temporaries(shot) == []


def test_a_bug_that_cannot_be_sent_is_named(shot: Path, two: Apart) -> None:
    two.script.tell("cpu:0", 1, "raise oddly")
    with pytest.raises(RuntimeError, match="Odd: onetwo"):
        two.run(job_of(shot, devices=TWO))


def test_weights_that_one_refuses_end_the_run_before_anything_is_read(
    shot: Path, fresh: Apart
) -> None:
    fresh.script.tell("cpu:1", LOADING, "refuse the weights")
    with pytest.raises(WeightsError, match="truncated"):
        fresh.run(job_of(shot, devices=TWO))
    assert not (shot / "out").exists()
    fresh.script.tell("cpu:1", LOADING, "nothing")
    assert fresh.run(job_of(shot, devices=TWO)).finished == NUMBERS


def test_devices_with_different_keyers_are_refused(shot: Path, fresh: Apart) -> None:
    (fresh.script.folder / "cpu:1 identity").write_text("chroma of tomorrow")
    with pytest.raises(WeightsError, match="chroma of tomorrow"):
        fresh.run(job_of(shot, devices=TWO))
    assert not (shot / "out").exists()


def test_a_keyer_is_loaded_once_for_all_shots_that_ask_for_it(shot: Path, fresh: Apart) -> None:
    fresh.run(job_of(shot, devices=TWO))
    for device in TWO.split(","):
        fresh.script.tell(device, LOADING, "die")
    assert fresh.run(job_of(shot, devices=TWO, overwrite=True)).finished == NUMBERS
    with pytest.raises(DeviceError, match="while it was made ready"):
        fresh.run(job_of(shot, devices=TWO, overwrite=True, model_size=1024))


def test_the_trace_has_the_device_of_each_frame(shot: Path, two: Apart) -> None:
    trace = Trace()
    two.run(job_of(shot, devices=TWO), trace=trace)
    spans = [event for event in trace._events if event["name"] == "key"]
    assert {span["args"]["frame"]: span["args"]["device"] for span in spans} == two.keyed_on


# What is asked for


def test_a_single_cpu_keys_on_the_callers_thread(shot: Path) -> None:
    before = children()
    with Crew() as crew:
        report = run(plan_job(job_of(shot)), workshop=Workshop(ready=crew.ready))
        assert children() == before
    assert report.finished == NUMBERS


@pytest.mark.parametrize(
    ("devices", "frames", "suits"),
    [
        (["cuda:0"], 500, True),
        (["cuda:0"], 2, False),
        (["cuda:0", "cuda:1"], 2, True),
        (["mps"], 500, False),
        (["cpu"], 500, False),
    ],
)
def test_processes_are_for_several_devices_and_for_long_runs_of_a_gpu(
    devices: list[str], frames: int, suits: bool
) -> None:
    assert processes_suit([torch.device(name) for name in devices], frames) is suits
