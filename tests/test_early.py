"""What is done before the first frame, beside something else, changes nothing."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch

from corridorkey_core import early_context, key_frame
from corridorkey_core.colour import resolve
from corridorkey_core.early_context import context_meanwhile
from corridorkey_core.garbage import nothing_searched
from corridorkey_core.keyers.corridorkey import load
from corridorkey_core.look import Look
from corridorkey_core.rehearsal import rehearse, rehearsing
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from tests.interpreted_kernels import ROOT
from tests.parity.checkpoint_files import write_checkpoint
from tests.parity.recipe import recipe_state
from tests.small_shot import content, job_of, key, make_shot, said

CPU = torch.device("cpu")
SHARED = """
from corridorkey_core.early_context import context_meanwhile
with context_meanwhile("cuda:0"):
    import torch
assert not torch.cuda.is_initialized()
print(float((torch.ones(3, device="cuda") * 2).sum()))
"""


def look(settings: Settings, screen: Screen | None = None) -> Look:
    linear = resolve("linear")
    return Look(settings, screen, linear, linear, "float16")


@pytest.mark.parametrize("screen", [None, Screen("blue", (0.1, 0.1, 0.5))])
@pytest.mark.parametrize(
    "settings", [Settings(), Settings(passes=("matte",), soften=2.0, shrink_grow=-1.5)]
)
def test_any_look_can_be_rehearsed(settings: Settings, screen: Screen | None) -> None:
    rehearse(CPU, look(settings, screen))


def test_a_cpu_rehearses_nothing() -> None:
    before = set(threading.enumerate())
    with rehearsing(CPU, look(Settings())):
        assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("device", ["cpu", "mps", "cuda:x", ""])
def test_other_devices_get_no_context(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    made: list[int] = []
    monkeypatch.setattr(early_context, "_make", made.append)
    with context_meanwhile(device):
        pass
    assert made == []


@pytest.mark.parametrize(("device", "index"), [("auto", 0), ("cuda", 0), ("cuda:3", 3)])
def test_a_context_is_there_at_the_end_of_the_block(
    monkeypatch: pytest.MonkeyPatch, device: str, index: int
) -> None:
    made: list[int] = []
    monkeypatch.setattr(early_context, "_make", made.append)
    with context_meanwhile(device):
        pass
    assert made == [index]


def test_without_a_driver_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_context, "_DRIVER", "no-such-library.so")
    early_context._make(0)


def test_garbage_is_searched_again_after_the_block() -> None:
    with nothing_searched():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.gpu
def test_torch_works_with_the_context_it_finds() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SHARED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, "6.0"), run.stderr


@pytest.mark.gpu
@pytest.mark.parametrize("keyer", ["chroma", "corridorkey"])
def test_a_command_that_begins_early_gives_the_bytes_of_a_run_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keyer: str
) -> None:
    shot, weights = make_shot(tmp_path, range(1001, 1004)), ""
    if keyer == "corridorkey":
        weights = str(write_checkpoint(tmp_path / "recipe.safetensors", recipe_state(256)))
    job = job_of(shot, device="cuda:0", keyer=keyer, checkpoint=weights, model_size=256)
    words = ["key", job.plate, "--hint", job.hint, "-o", str(shot / "early"), "--keyer", keyer]
    words += ["--device", "cuda:0", "--checkpoint", weights, "--model-size", "256"]
    # What is rehearsed and compiled on threads meanwhile is in a process that has done neither yet.
    begun_early = said(*words)
    assert begun_early.returncode == 0, begun_early.stderr
    monkeypatch.setattr(key_frame, "rehearsing", lambda *_: nullcontext())
    monkeypatch.setattr(load, "compiling_ahead", lambda *_: nullcontext())
    key(job)
    assert content(shot / "early") == content(shot / "out")
