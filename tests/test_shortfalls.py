"""What a GPU has to do without is said: once a run, why, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch

from corridorkey_core import along_axis, pixelwise, triton_kernels
from corridorkey_core.colour import resolve
from corridorkey_core.frames import Frame, Header, Hint, Plate, Window
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.chroma import ChromaKeyer
from corridorkey_core.keyers.corridorkey import fast
from corridorkey_core.keyers.corridorkey.fast import is_for_fusing
from corridorkey_core.look import Look
from corridorkey_core.screen import Screen
from corridorkey_core.settings import Settings
from corridorkey_core.shortfalls import shortfalls

CPU, GPU = torch.device("cpu"), torch.device("cuda", 7)
TRIALS = (along_axis.trial, pixelwise.trial, fast.answer_trial)
NO_COMPILER = "Failed to find C compiler."


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """No trial is remembered from or for other tests."""
    for trial in TRIALS:
        trial.cache_clear()
    yield
    for trial in TRIALS:
        trial.cache_clear()


def believe_in_a_gpu(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int] = (9, 0), triton: bool = True
) -> None:
    """Have `GPU` be one of some capability, though nothing can be put there."""
    monkeypatch.setattr("torch.version.hip", None)
    monkeypatch.setattr("torch.cuda.get_device_capability", lambda _device: capability)
    monkeypatch.setattr(triton_kernels, "is_installed", lambda: triton)
    monkeypatch.setattr(triton_kernels, "using", lambda _device: nullcontext())


def failing(words: str) -> Callable[[], None]:
    def try_all() -> None:
        raise RuntimeError(words)

    return try_all


def works() -> None:
    """Kernels that do what they should."""


def frame(number: int) -> Frame:
    """A plate of nothing but screen and a hint of nothing."""
    window = Window(0, 0, 32, 32)
    pixels = np.full((32, 32, 3), (0.1, 0.4, 0.1), np.float16)
    plate = Plate(number, "plate", pixels, Header(window, window), "linear")
    return Frame(plate, Hint(number, "hint", np.zeros((32, 32), np.float16), "Y"), "inputs")


def said_in_a_run(device: torch.device) -> list[str]:
    """What a run of two frames on the CPU says, which takes that for `device`."""
    space, said = resolve("linear"), list[str]()
    look = Look(Settings(passes=("matte",)), Screen("green", None), space, space, "float32")
    with FrameKeyer(ChromaKeyer, device, look, lambda event: said.append(str(event))) as key:
        for number in range(2):
            key(frame(number)).wait()
    return said


def test_every_run_says_once_what_its_device_cannot_fuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton_kernels, "may_run_on", lambda _device: True)
    monkeypatch.setattr(triton_kernels, "is_installed", lambda: True)
    for module in (along_axis, pixelwise):
        monkeypatch.setattr(module, "_try_all", failing(f"{NO_COMPILER}\nand more"))
    for _run in range(2):
        said = said_in_a_run(CPU)
        assert len(said) == 1
        assert f"({NO_COMPILER})" in said[0]
        assert "the same picture, more slowly" in said[0]


def test_a_run_on_a_cpu_has_nothing_to_say() -> None:
    assert said_in_a_run(CPU) == []


def test_a_gpu_whose_kernels_work_lacks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    believe_in_a_gpu(monkeypatch)
    for module in (along_axis, pixelwise):
        monkeypatch.setattr(module, "_try_all", works)
    assert list(shortfalls(GPU)) == []


def test_steps_that_fail_for_reasons_of_their_own_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    believe_in_a_gpu(monkeypatch)
    monkeypatch.setattr(along_axis, "_try_all", failing("ptxas went missing"))
    monkeypatch.setattr(pixelwise, "_try_all", failing("no space for the cache"))
    blurs, chains = shortfalls(GPU)
    assert "Blurs" in blurs
    assert "ptxas went missing" in blurs
    assert "no space for the cache" in chains


@pytest.mark.parametrize(
    ("capability", "triton", "why"),
    [((9, 0), False, "triton is not installed"), ((7, 5), True, "7.5"), ((7, 5), False, "7.5")],
)
def test_a_gpu_that_can_have_no_kernels_says_so_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], triton: bool, why: str
) -> None:
    believe_in_a_gpu(monkeypatch, capability, triton)
    for module in (along_axis, pixelwise):
        monkeypatch.setattr(module, "_try_all", failing("it must not be tried"))
    (said,) = shortfalls(GPU)
    assert why in said
    # So the network need not say it again.
    assert not is_for_fusing(GPU, torch.float16)
