"""The builtin network's fused form is the plain one, and where it cannot run the plain one keys."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from benchmarks.builtin import CPU, FUSED, PLAIN, WHOLE, asking, timed
from corridorkey_core.keyers.builtin.features import CHANNELS
from corridorkey_core.keyers.builtin.fused import quick
from corridorkey_core.keyers.builtin.fused.quick import has_halves, quick_ask
from corridorkey_core.keyers.builtin.network import KeyNetwork, Networks
from corridorkey_core.keyers.builtin.shown import ShownPlanes
from corridorkey_core.keyers.builtin.weights import FIRST, trained_network, trained_networks
from tests.interpreted_kernels import interpreted, needs_triton
from tests.test_builtin_stages import afar
from tests.told_forms import Told, fuse_as

NETWORK = """
import torch
from corridorkey_core.keyers.builtin.features import CHANNELS
from corridorkey_core.keyers.builtin.fused.network import FusedNetwork
from corridorkey_core.keyers.builtin.shown import ShownPlanes
from corridorkey_core.keyers.builtin.stages import in_stages
from corridorkey_core.keyers.builtin.weights import NEARER, trained_network
from tests.test_builtin_stages import afar, leaves_what_it_is_given
plain = trained_network(torch.device("cpu"), NEARER)
fused = FusedNetwork(plain)
planes = torch.rand(1, CHANNELS, 64, 32, generator=torch.Generator().manual_seed(3))
with torch.inference_mode():
    for told in (None, afar((64, 32))):
        found = in_stages(fused, ShownPlanes(planes), 1_000, told)
        print(float((found - plain(planes, told)).abs().max()))
    print(leaves_what_it_is_given(fused))
"""
LAYERS = """
import torch
import torch.nn.functional as F
from corridorkey_core.keyers.builtin.fused import launches, network
from corridorkey_core.keyers.builtin.fused.layer import Convolution
from torch import nn
torch.manual_seed(5)

def beside(picture):
    return picture.permute(1, 2, 0).contiguous()

def layer(channels, outputs, edge, **how):
    made = nn.Conv2d(channels, outputs, edge, **how).requires_grad_(False)
    made.weight.copy_(made.weight.half())
    return made

def tell(found, expected):
    print(float((found - beside(expected)).abs().max()))

for width, launch in launches.PAIRS.items():
    rows, columns = 9, launch.pack * (launch.wide + 1)
    picture = torch.randn(width, rows, columns)
    made = layer(width, width, 3, padding=1)
    fused = Convolution.of(made, launch)
    tell(fused(beside(picture)), made(picture))
    tell(fused(beside(picture), relu=True, into=beside(picture)), picture + made(picture.relu()))
for width, further in ((32, 48), (48, 96), (96, 160)):
    picture = torch.randn(width, 6, 36)
    made = layer(width, further, 2, stride=2)
    tell(Convolution.of(made, launches.SHRINK[width])(beside(picture)), made(picture))
    picture = torch.randn(further, 3, 17)
    made = layer(further, width, 1)
    tell(Convolution.of(made, launches.GROW[width])(beside(picture)), made(picture))
picture = torch.randn(16, 10, 36)
made = layer(16, 4, 3, padding=1)
tell(Convolution.of(made, launches.ANSWER)(beside(picture)), made(picture))
made = layer(64, 32, 3, padding=1)
tell(network._stem(made)(beside(picture)), made(F.pixel_unshuffle(picture[None], 2))[0])
made, small = layer(4, 32, 3, padding=1, bias=False), torch.randn(4, 9, 36)
halved = torch.randn(32, 9, 36)
tell(network._afar(made)(beside(small), into=beside(halved)), halved + made(small))
made, coarse = layer(32, 64, 1), torch.randn(32, 5, 18)
found = network._finer(made)(beside(coarse), into=beside(picture))
tell(found, picture + F.pixel_shuffle(made(coarse)[None], 2)[0])
"""
NAN = """
import torch
from corridorkey_core.keyers.builtin.fused import launches
from corridorkey_core.keyers.builtin.fused.layer import Convolution
from torch import nn
picture = torch.zeros(5, 6, 16)
picture[2, 2, 3], picture[4, 5, 3] = torch.nan, torch.inf
made = nn.Conv2d(16, 16, 3, padding=1).requires_grad_(False)
made.weight.copy_(made.weight.half())
for relu in (False, True):
    found = Convolution.of(made, launches.PAIRS[16])(picture, relu=relu)
    print(int(found.isnan().any(dim=-1).sum()), bool(found.isinf().any()))
"""
AROUND = """
import torch
import torch.nn.functional as F
from corridorkey_core.keyers.builtin.fused.around import plus_enlarged, side_by_side
for height, width in ((1, 1), (3, 5), (9, 70)):
    planes = torch.randn(1, 16, height, width)
    print(float((side_by_side(planes) - planes[0].permute(1, 2, 0)).abs().max()))
    coarse, kept = torch.randn(1, 48, height, width), torch.randn(2 * height, 2 * width, 48)
    expected = kept + F.interpolate(coarse, scale_factor=2.0, mode="bilinear")[0].permute(1, 2, 0)
    found = plus_enlarged(kept, coarse[0].permute(1, 2, 0).contiguous())
    print(float((found - expected).abs().max()))
"""
REFUSED = """
from dataclasses import replace
import torch
from corridorkey_core.keyers.builtin.fused import launches
from corridorkey_core.keyers.builtin.fused.layer import Convolution
from torch import nn
made = nn.Conv2d(48, 48, 3, padding=1).requires_grad_(False)
made.weight.copy_(made.weight.half())
whole = launches.PAIRS[48]
for launch in (replace(whole, chunk=128), replace(whole, out=128), whole):
    try:
        Convolution.of(made, launch)(torch.zeros(2, whole.pack + 1, 48))
    except ValueError as error:
        print(error)
"""


@needs_triton
def test_launches_and_widths_that_do_not_divide_are_refused() -> None:
    told = interpreted(REFUSED).splitlines()
    assert [each.split()[-1] for each in told] == ["made.", "made.", "packs."]


@needs_triton
def test_the_fused_network_in_several_tiles_is_the_plain_one() -> None:
    alone, told, unchanged = interpreted(NETWORK).split()
    assert max(float(alone), float(told)) < 2e-5
    assert unchanged == "True"


@needs_triton
def test_nan_is_handed_on_and_what_is_no_half_float_is_cut_off() -> None:
    # 3 × 4, not 3 × 3: a pack is NaN where one of its pixels is.
    assert interpreted(NAN).split() == ["12", "False"] * 2


@needs_triton
@pytest.mark.parametrize("code", [LAYERS, AROUND], ids=["convolutions", "around them"])
def test_every_kernel_computes_what_torch_does(code: str) -> None:
    found = [float(each) for each in interpreted(code).split()]
    assert len(found) > 5
    assert max(found) < 1e-5


def test_only_weights_that_are_half_floats_are_fused() -> None:
    network = trained_network(CPU, FIRST)
    assert has_halves(network)
    network.detail.weight[0, 0, 0, 0] += 1e-6
    assert not has_halves(network)


@pytest.mark.parametrize("fused", [Told(1.0), RuntimeError("Failed to find C compiler.")])
def test_where_fusing_fails_it_is_said(
    monkeypatch: pytest.MonkeyPatch, fused: Told | Exception
) -> None:
    said = list[str]()
    fuse_as(monkeypatch, quick, fused)
    ask = quick_ask(Networks(KeyNetwork(), KeyNetwork()), Told(2.0), said.append)
    assert float(ask(ShownPlanes(torch.zeros(1)), 1, None)) == (
        1.0 if isinstance(fused, Told) else 2.0
    )
    assert ["(Failed to find C compiler.)" in each for each in said] == [True] * len(said)
    assert len(said) == (0 if isinstance(fused, Told) else 1)


def test_the_cpu_keys_with_the_plain_network() -> None:
    assert not quick.can_be_fused(trained_networks(CPU))


@pytest.mark.gpu
@pytest.mark.parametrize("size", [(16, 16), (48, 80), (400, 720)])
def test_a_gpu_says_what_the_cpu_says(size: tuple[int, int]) -> None:
    planes = torch.rand(1, CHANNELS, *size, generator=torch.Generator().manual_seed(3))
    device = torch.device("cuda")
    for told in (None, afar(size)):
        with torch.inference_mode():
            expected = asking(CPU, PLAIN)(ShownPlanes(planes), WHOLE, told)
            there = None if told is None else told.to(device)
            found = asking(device, FUSED)(ShownPlanes(planes.to(device)), WHOLE, there).cpu()
        # No plate is such noise: its numbers grow a hundred times a plate's, and so do errors.
        assert float((found - expected).abs().max()) < 3e-4 * float(expected.abs().max())


@pytest.mark.gpu
def test_fused_takes_no_more_memory_than_all_of_the_plain_network_at_once() -> None:
    device = torch.device("cuda")
    planes = torch.rand(1, CHANNELS, 720, 1280, device=device)
    with torch.inference_mode():
        fused = timed(partial(asking(device, FUSED), ShownPlanes(planes), WHOLE, None), device, 1)
        plain = timed(partial(trained_network(device, FIRST), planes), device, 1)
    assert fused.peak <= plain.peak
