"""Launchers of kernels are made one at a time, whoever makes them: each launches its own kernel."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import ModuleType

import pytest
import torch

from corridorkey_core import launchers, triton_kernels
from corridorkey_core.keyers.corridorkey import fast
from tests.interpreted_kernels import needs_triton

THREADS = 8
DRIVER = "triton.backends.nvidia.driver"


class Mixing:
    """As triton's: each fills the one module of their name, and then reads its own from it."""

    module = ModuleType("__triton_launcher")

    def __init__(self, kernel: int, *, fails: bool = False) -> None:
        self.module.__dict__["launch"] = kernel
        time.sleep(0.001)
        if fails:
            raise RuntimeError("no compiler")
        self.launch = self.module.__dict__["launch"]


@pytest.fixture
def launcher() -> type[Mixing]:
    """A class of its own, since one is guarded for as long as it lives."""
    return type("Launcher", (Mixing,), {"__init__": Mixing.__init__})


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, launcher: type[Mixing]) -> type[Mixing]:
    """The launchers of triton's driver for CUDA devices."""
    module = ModuleType(DRIVER)
    module.__dict__["CudaLauncher"] = launcher
    monkeypatch.setitem(sys.modules, DRIVER, module)
    return launcher


def mixed_up(launcher: type[Mixing]) -> int:
    """How many of those that threads made side by side launch what another one should."""
    begin = Barrier(THREADS)

    def made(kernel: int) -> list[int]:
        begin.wait()
        return [launcher(kernel).launch for _ in range(5)]

    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(made, range(THREADS))
    return sum(one != kernel for kernel, some in enumerate(found) for one in some)


def at_once(act: Callable[[], object]) -> None:
    begin = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(lambda: (begin.wait(), act())) for _ in range(THREADS)]:
            done.result()


def test_what_stands_in_for_triton_mixes_them_up(launcher: type[Mixing]) -> None:
    assert mixed_up(launcher) > 0


def test_each_launches_its_own_kernel(driver: type[Mixing]) -> None:
    launchers.make_one_at_a_time()
    assert mixed_up(driver) == 0


def test_guarding_twice_is_guarding_once(driver: type[Mixing]) -> None:
    launchers.make_one_at_a_time()
    guarded = driver.__init__
    launchers.make_one_at_a_time()
    assert driver.__init__ is guarded


def test_threads_may_guard_at_once(driver: type[Mixing]) -> None:
    at_once(launchers.make_one_at_a_time)
    assert mixed_up(driver) == 0


def test_one_that_cannot_be_made_says_so_and_lets_others_be_made(driver: type[Mixing]) -> None:
    launchers.make_one_at_a_time()
    with pytest.raises(RuntimeError, match="no compiler"):
        driver(0, fails=True)
    assert mixed_up(driver) == 0


@pytest.mark.parametrize("error", [ImportError, RuntimeError, OSError])
def test_a_triton_that_cannot_be_imported_is_for_its_users_to_report(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name.startswith("triton"):
                raise error("libtriton.so is broken")

    for name in [name for name in sys.modules if name.split(".")[0] == "triton"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    launchers.make_one_at_a_time()


def test_a_driver_without_launchers_needs_no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, DRIVER, ModuleType(DRIVER))
    launchers.make_one_at_a_time()


def test_they_are_guarded_before_a_kernel_is_tried(
    monkeypatch: pytest.MonkeyPatch, driver: type[Mixing]
) -> None:
    monkeypatch.setattr(triton_kernels, "may_run_on", lambda _device: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: True)
    found: list[int] = []
    trial = triton_kernels.tried_on(torch.device("cpu"), lambda: found.append(mixed_up(driver)))
    assert trial.passed
    assert found == [0]


def test_they_are_guarded_before_the_network_is_fused(
    monkeypatch: pytest.MonkeyPatch, driver: type[Mixing]
) -> None:
    found: list[int] = []
    network = ModuleType("fast_network")
    network.__dict__["FastNetwork"] = lambda _network: found.append(mixed_up(driver))
    name = "corridorkey_core.keyers.corridorkey.fused.fast_network"
    monkeypatch.setitem(sys.modules, name, network)
    fast.fused_form(None)  # type: ignore[arg-type]
    assert found == [0]


@needs_triton
def test_tritons_own_are_guarded() -> None:
    from triton.backends.nvidia.driver import CudaLauncher

    launchers.make_one_at_a_time()
    assert hasattr(CudaLauncher.__init__, "__wrapped__")
