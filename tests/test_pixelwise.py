"""Chains in one step give what they give step by step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from corridorkey_core import pixelwise
from corridorkey_core.colour import resolve
from corridorkey_core.postprocess import Keyed, passes
from corridorkey_core.restore import restore
from corridorkey_core.screen import Screen
from corridorkey_core.triton_kernels import Trial
from tests.interpreted_kernels import interpreted, needs_triton

INTERPRETED = """
import torch
from corridorkey_core import pixelwise_kernels as kernels
from corridorkey_core.composite import preview, tile_of
from corridorkey_core.restore import restore, solidity
from corridorkey_core.screen import Screen
from corridorkey_core.stored import multiplied, stored
torch.manual_seed(1)
worst = 0.0
for height, width in ((33, 57), (1, 40), (64, 64)):
    plate, colour = 5 * torch.rand(3, height, width) - 0.5, torch.rand(3, height, width)
    alpha = (2 * torch.rand(1, height, width) - 0.5).clamp(0, 1)
    alpha[:, : height // 2] = 1.0
    for kind in ("green", "blue"):
        for behind in (None, (0.1, 1.4, 0.3)):
            screen = Screen(kind, behind)
            solid = solidity(alpha)
            found = kernels.restore(colour, alpha, plate, solid, behind, screen.channel)
            expected = restore(colour, alpha, plate, screen)
            worst = max(worst, float((found - expected).abs().max()))
            inside = (solid == 1.0).expand_as(plate)
            assert torch.equal(found[inside], plate[inside])
    found = kernels.preview(plate, alpha, tile_of(height, width))
    expected = stored(preview(plate, alpha), "uint8")
    assert (found.int() - expected.int()).abs().max() <= 1
    assert (found != expected).float().mean() < 1e-2
    large = 1e5 * (plate - 2)
    fg, matte, both = kernels.store_halves(large, alpha)
    assert torch.equal(fg, stored(large, "float16"))
    assert torch.equal(matte, stored(alpha, "float16"))
    assert torch.equal(both, torch.cat([multiplied(fg, matte), matte]))
print(worst)
"""


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@needs_triton
@pytest.mark.slow
def test_interpreted_kernels_give_what_torch_gives() -> None:
    printed = interpreted(INTERPRETED)
    assert float(printed) < 1e-4  # of light up to 30


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["green", "blue"])
@pytest.mark.parametrize("colour", [None, (0.1, 1.4, 0.3)])
def test_a_gpu_restores_as_it_does_step_by_step(
    monkeypatch: pytest.MonkeyPatch, kind: str, colour: tuple[float, float, float] | None
) -> None:
    plate, own = (5 * noise(3, 130, 257) - 0.5).cuda(), noise(3, 130, 257, seed=1).cuda()
    alpha = (2 * noise(1, 130, 257, seed=2) - 0.5).clamp(0, 1).cuda()
    alpha[:, :60] = 1.0
    quickly = restore(own, alpha, plate, Screen(kind, colour))
    assert pixelwise.trial(plate.device).passed
    monkeypatch.setattr(pixelwise, "trial", lambda _device: Trial(False))
    assert (quickly - restore(own, alpha, plate, Screen(kind, colour))).abs().max() < 1e-4


@pytest.mark.gpu
def test_a_gpu_stores_as_it_does_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    matte = (1.5 * noise(1, 130, 257) - 0.25).clamp(0, 1).cuda()
    keyed = Keyed(matte, (6.0 * noise(3, 130, 257, seed=1) - 0.5).cuda())
    wanted, space = ("matte", "fg", "processed", "comp"), resolve("linear").from_linear
    quickly = passes(keyed, space, "float16", wanted)
    monkeypatch.setattr(pixelwise, "trial", lambda _device: Trial(False))
    plainly = passes(keyed, space, "float16", wanted)
    assert all((quickly[name] == plainly[name]).all() for name in ("matte", "fg", "processed"))
    apart = abs(quickly["comp"].astype(int) - plainly["comp"].astype(int))
    assert apart.max() <= 1
    assert (apart > 0).mean() < 1e-2


def test_a_cpu_does_without() -> None:
    picture, matte = noise(3, 8, 8), noise(1, 8, 8)
    assert pixelwise.restored(picture, matte, picture, matte, None, 1) is None
    assert pixelwise.previewed(picture, matte, 4) is None
    assert pixelwise.halves(picture, matte) is None
