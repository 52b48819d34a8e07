"""The fused forward pass equals the plain one, and where it cannot run the plain one keys."""

from __future__ import annotations

import subprocess
import sys
import threading
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.keyers.corridorkey import fast
from corridorkey_core.keyers.corridorkey.fast import Forward, can_be_fused, quick_forward
from corridorkey_core.keyers.corridorkey.network import Network, build_network
from corridorkey_core.keyers.corridorkey.picture import prediction
from corridorkey_core.triton_kernels import Trial
from tests.interpreted_kernels import ROOT, interpreted, needs_triton
from tests.parity.recipe import recipe_input, recipe_state
from tests.told_forms import Told, fuse_as

SIZE = 64
INTERPRETED = """
import sys, torch
from corridorkey_core.keyers.corridorkey.fused.fast_network import FastNetwork
from corridorkey_core.keyers.corridorkey.network import build_network
from tests.parity.recipe import recipe_input, recipe_state
size = int(sys.argv[1])
plain = build_network(recipe_state(size), size, torch.device("cpu"), torch.float32)
with torch.inference_mode():
    inputs = recipe_input(size)
    expected = plain(inputs, 1.3, plain.refiner)
    found = FastNetwork(plain)(inputs, 1.3)
print(float((found - expected).abs().max()))
"""


AHEAD = """
import sys, torch, triton
FUSED = "corridorkey_core.keyers.corridorkey.fused."
from corridorkey_core.keyers.corridorkey.fused import (
    ahead, answer, convolution, fast_network, heads, moments, patches, refine, stem, tokens,
    unit_attention,
)
from corridorkey_core.keyers.corridorkey.network import build_network
from tests.parity.recipe import recipe_input, recipe_state
def compiled():
    kernels = [
        value for module in (
            convolution, heads, moments, patches, refine, stem, tokens, unit_attention,
            sys.modules.get(FUSED + "strip_kernels"),
        ) if module
        for value in vars(module).values() if isinstance(value, triton.JITFunction)
    ]
    return sum(len(caches[0]) for kernel in kernels for caches in kernel.device_caches.values())
device = torch.device("cuda")
ahead.compile_ahead(device, torch.float16)
print(compiled())
network = build_network(recipe_state(1024), 1024, device, torch.float16)
with torch.inference_mode():
    fast_network.FastNetwork(network)(recipe_input(1024).to(device, torch.float16), 1.0)
print(compiled())
"""

ANSWER = """
import torch
from corridorkey_core.keyers.corridorkey.fused.answer import answer
from corridorkey_core.keyers.corridorkey.picture import prediction
worst = 0.0
for edge, size in ((32, (33, 57)), (32, (64, 64)), (32, (32, 32)), (48, (50, 300))):
    logits = 4 * torch.randn(1, 4, edge, edge)
    expected = prediction(logits, size)
    apart = answer(logits, size) - torch.cat([expected.alpha, expected.foreground])
    worst = max(worst, float(apart.abs().max()))
print(worst)
"""


@needs_triton
@pytest.mark.slow
def test_logits_become_the_light_that_torch_makes_of_them() -> None:
    assert float(interpreted(ANSWER)) < 1e-5


@pytest.mark.gpu
@pytest.mark.parametrize("size", [(64, 64), (130, 257), (2160, 4096)])
def test_a_gpu_answers_as_torch_does(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    logits = 4 * torch.randn(1, 4, 64, 64, device="cuda")
    quickly = prediction(logits, size)
    assert fast.answer_trial(logits.device).passed
    monkeypatch.setattr(fast, "answer_trial", lambda _device: Trial(False))
    plainly = prediction(logits, size)
    assert (quickly.alpha - plainly.alpha).abs().max() < 1e-5
    assert (quickly.foreground - plainly.foreground).abs().max() < 1e-5


@needs_triton
@pytest.mark.slow
@pytest.mark.parametrize("size", [64, 96, 128])  # 128: a row is made of whole tiles
def test_fused_kernels_compute_what_the_plain_network_does(size: int) -> None:
    printed = interpreted(INTERPRETED, str(size))
    assert float(printed) < 1e-4  # of logits up to 15


def network(device: str, arithmetic: torch.dtype, size: int = SIZE) -> Network:
    return build_network(recipe_state(size), size, torch.device(device), arithmetic)


def decibels(found: Tensor, truth: Tensor) -> float:
    return float(-10 * torch.log10(F.mse_loss(found.double(), truth.double())))


@pytest.mark.gpu
@pytest.mark.parametrize("size", [256, 416, 512])
@pytest.mark.parametrize("arithmetic", [torch.float16, torch.bfloat16])
def test_fused_on_a_device_is_as_near_to_float32_as_plain(
    size: int, arithmetic: torch.dtype
) -> None:
    truth = network("cuda", torch.float32, size)
    plain = network("cuda", arithmetic, size)
    quick = fast.fused_form(plain)
    with torch.inference_mode():
        inputs = recipe_input(size).to("cuda")
        expected = truth(inputs, 1.0, truth.refiner).sigmoid()[0]
        by_plain = plain(inputs.to(arithmetic), 1.0, plain.refiner).sigmoid()[0]
        by_fused = quick(inputs.to(arithmetic), 1.0).sigmoid()[0]
    for channels in (slice(0, 1), slice(1, 4)):
        least = decibels(by_plain[channels], expected[channels]) - 1.5
        assert decibels(by_fused[channels], expected[channels]) > least


@pytest.mark.gpu
def test_fused_gives_the_same_numbers_every_time() -> None:
    quick = fast.fused_form(network("cuda", torch.float16, 256))
    inputs = recipe_input(256).to("cuda", torch.float16)
    with torch.inference_mode():
        first = quick(inputs, 1.0).clone()
        assert all(torch.equal(first, quick(inputs, 1.0)) for _ in range(3))


@pytest.mark.gpu
def test_all_that_a_frame_needs_is_compiled_ahead() -> None:
    """In a process of its own: what is compiled once stays."""
    run = subprocess.run(
        [sys.executable, "-c", AHEAD], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    ahead, later = map(int, run.stdout.split())
    assert ahead == later > 10


@pytest.mark.gpu
def test_half_precision_on_a_device_is_fused() -> None:
    assert can_be_fused(network("cuda", torch.float16))
    assert not can_be_fused(network("cuda", torch.float32))


def test_nothing_is_compiled_for_a_cpu() -> None:
    before = set(threading.enumerate())
    with fast.compiling_ahead(torch.device("cpu"), torch.float16):
        assert set(threading.enumerate()) <= before


def test_a_triton_that_cannot_be_imported_stops_no_keyer_from_loading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "corridorkey_core.keyers.corridorkey.fused.ahead"
    monkeypatch.setitem(sys.modules, name, None)  # importing it raises ImportError
    monkeypatch.setattr(fast, "is_for_fusing", lambda *_of: True)
    loaded = []
    with fast.compiling_ahead(torch.device("cpu"), torch.float16):
        loaded.append("weights")
    assert loaded


def test_the_cpu_keys_with_the_plain_network() -> None:
    assert not can_be_fused(network("cpu", torch.float32))
    assert not can_be_fused(network("cpu", torch.float16))


def quick(monkeypatch: pytest.MonkeyPatch, fused: Told | Exception, said: list[str]) -> Forward:
    fuse_as(monkeypatch, fast, fused)
    return quick_forward(network("cpu", torch.float32), Told(2.0), said.append)


def test_where_fusing_fails_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[str]()
    forward = quick(monkeypatch, RuntimeError("Failed to find C compiler."), said)
    assert float(forward(torch.zeros(1), 1.0)) == 2.0
    assert len(said) == 1
    assert "(Failed to find C compiler.)" in said[0]


def test_parts_that_do_without_their_quickest_form_are_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strips = ModuleType("strips")
    strips.__dict__["trial"] = lambda *_of: Trial(False, "no module named Gluon")
    monkeypatch.setitem(sys.modules, "corridorkey_core.keyers.corridorkey.fused.strips", strips)
    monkeypatch.setattr(fast, "is_for_fusing", lambda *_of: True)
    monkeypatch.setattr(fast, "answer_trial", lambda _device: Trial(False, "ptxas went missing"))
    said = list[str]()
    forward = quick(monkeypatch, Told(1.0), said)
    assert [float(forward(torch.zeros(1), 1.0)) for _ in range(3)] == [1.0, 1.0, 1.0]
    by_tiles, by_torch = said
    assert "no module named Gluon" in by_tiles
    assert "ptxas went missing" in by_torch
