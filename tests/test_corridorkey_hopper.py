"""Kernels for one chip compute what torch does, and are not trusted where they do not."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from corridorkey_core import triton_kernels
from corridorkey_core.keyers.corridorkey.refiner import DILATIONS, GROUPS, WIDTH
from tests.interpreted_kernels import needs_triton

pytestmark = needs_triton
HALF, SHORT = torch.float16, torch.bfloat16
on_hopper = pytest.mark.skipif(
    not torch.cuda.is_available() or torch.cuda.get_device_capability() != (9, 0),
    reason="needs a Hopper GPU",
)


def relative(found: Tensor, expected: Tensor) -> float:
    return float((found.float() - expected).norm() / expected.norm())


def convolution(dilation: int, kind: torch.dtype) -> nn.Conv2d:
    torch.manual_seed(dilation)
    layer = nn.Conv2d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation)
    return layer.to("cuda", kind).requires_grad_(False)


@pytest.mark.gpu
@on_hopper
@pytest.mark.parametrize("kind", [HALF, SHORT])
@pytest.mark.parametrize("dilation", DILATIONS)
@pytest.mark.parametrize("lacks_norm", [False, True])
@pytest.mark.parametrize(("height", "width"), [(64, 256), (192, 768), (2048, 256)])
def test_strips_convolve_and_measure_as_torch_does(
    kind: torch.dtype, dilation: int, lacks_norm: bool, height: int, width: int
) -> None:
    from corridorkey_core.keyers.corridorkey.fused.convolution import Convolution, convolved
    from corridorkey_core.keyers.corridorkey.fused.moments import Affine
    from corridorkey_core.keyers.corridorkey.fused.strips import runs_in_strips

    layer, group_norm = convolution(dilation, kind), nn.GroupNorm(GROUPS, WIDTH).cuda().to(kind)
    picture = torch.randn(height * width, WIDTH, device="cuda").to(kind) + 2.0
    before = Affine(*torch.rand(2, WIDTH, device="cuda")) if lacks_norm else None
    assert runs_in_strips(picture, width)
    found, norm = convolved(picture, Convolution.of(layer), group_norm, width, before)

    seen = picture.float()
    if before is not None:
        seen = (seen * before.scale + before.shift).relu().to(kind).float()
    pixels = seen.T.reshape(1, WIDTH, height, width)
    expected = layer.float()(pixels)
    normed = F.group_norm(expected, GROUPS)[0].flatten(1).T
    bias = layer.bias.float() if layer.bias is not None else 0.0
    assert relative(found, expected[0].flatten(1).T - bias) < (5e-4 if kind is HALF else 4e-3)
    assert relative(found.float() * norm.scale + norm.shift, normed) < 1e-2


@pytest.mark.parametrize("kind", [HALF, SHORT])
@pytest.mark.parametrize("wrong", [False, True])
def test_strips_are_trusted_for_what_they_compute(
    monkeypatch: pytest.MonkeyPatch, kind: torch.dtype, wrong: bool
) -> None:
    from corridorkey_core.keyers.corridorkey.fused import strips
    from corridorkey_core.keyers.corridorkey.fused.moments import Affine, Measured

    def made(
        picture: Tensor, taps: Tensor, dilation: int, width: int, before: Affine | None
    ) -> Measured:
        # A view that starts one pixel too late.
        result = strips._plainly(picture, taps, dilation, width, before).roll(int(wrong), 0)
        return Measured(result.to(kind), result.mean(0).expand(2, 1, -1), len(result))

    monkeypatch.setattr(strips, "convolved_in_strips", made)
    assert strips._is_right(kind, 1) is not wrong


@pytest.mark.parametrize(
    ("capability", "right", "why"),
    [
        ((9, 0), True, ""),
        ((9, 0), False, "they do not compute what torch does"),
        ((8, 6), False, ""),
    ],
)
def test_a_trial_says_why_strips_are_not_trusted_on_the_chip_they_are_for(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], right: bool, why: str
) -> None:
    from corridorkey_core.keyers.corridorkey.fused import strips

    monkeypatch.setattr("torch.cuda.get_device_capability", lambda _device: capability)
    monkeypatch.setattr(triton_kernels, "ready_on", lambda _device: True)
    monkeypatch.setattr(strips, "_is_right", lambda *_of: right)
    assert strips.trial.__wrapped__(torch.device("cpu"), HALF) == triton_kernels.Trial(right, why)


def test_other_devices_do_without() -> None:
    from corridorkey_core.keyers.corridorkey.fused import strips

    assert not strips.runs_in_strips(torch.zeros(256 * 256, WIDTH), 256)
