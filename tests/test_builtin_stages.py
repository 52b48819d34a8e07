"""A network shown a few rows at a time, and asked in stages, says what it says of the whole."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import CHANNELS, doubt, features
from corridorkey_core.keyers.builtin.network import BLOCK, KeyNetwork
from corridorkey_core.keyers.builtin.shown import ShownFrame, ShownPlanes
from corridorkey_core.keyers.builtin.stages import Staged, in_stages
from corridorkey_core.keyers.builtin.stripes import stripe_pixels, stripes
from corridorkey_core.keyers.builtin.weights import trained_network
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.chroma.unmix import unmix
from tests.chroma_scene import planes, scene

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> KeyNetwork:
    return trained_network(CPU)


def frame(height: int, width: int) -> ShownFrame:
    """A corner of a hard scene."""
    made = scene("brown hair", "hard")
    plate, hint = (planes(each)[:, 60 : 60 + height, :width] for each in (made.plate, made.hint))
    found = evidence(plate, hint, None)
    foreground = unmix(plate, found.behind, found.prior, found.alpha)
    return ShownFrame(plate, hint, found, foreground, doubt(found))


def all_planes(shown: ShownFrame) -> Tensor:
    made = features(shown.plate, shown.hint, shown.found, shown.foreground, shown.gate)
    return made[None]


def leaves_what_it_is_given(network: Staged) -> bool:
    """Whether the last stage does, for stripes that overlap."""
    planes = torch.rand(1, CHANNELS, 16, 16, generator=torch.Generator().manual_seed(3))
    kept, values = network.near(planes)
    given = planes, kept, network.far(values)
    before = [each.clone() for each in given]
    network.finished(*given)
    return all(map(torch.equal, given, before))


@pytest.mark.parametrize("pixels", [8_000, 20_000, 1_000_000])
@pytest.mark.parametrize("size", [(16, 16), (208, 160), (96, 400)])
def test_stages_say_what_the_whole_network_says(
    network: KeyNetwork, size: tuple[int, int], pixels: int
) -> None:
    shown = torch.rand(1, CHANNELS, *size, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        expected = network(shown)
        said = in_stages(network, ShownPlanes(shown), pixels)
    assert said.shape == expected.shape
    assert float((said - expected).abs().max()) < 1e-5


def test_a_stripe_sees_too_little_where_a_stage_sees_further(
    network: KeyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above can fail."""
    from corridorkey_core.keyers.builtin import stages

    monkeypatch.setattr(stages, "_FINISHED", 8)
    shown = torch.rand(1, CHANNELS, 208, 160, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        off = in_stages(network, ShownPlanes(shown), 8_000) - network(shown)
    assert float(off.abs().max()) > 1e-5


def test_the_last_stage_leaves_what_it_is_given(network: KeyNetwork) -> None:
    with torch.inference_mode():
        assert leaves_what_it_is_given(network)


@pytest.mark.parametrize(("height", "width"), [(64, 80), (50, 77), (33, 16)])
def test_a_frame_is_shown_in_whole_blocks_whose_edges_repeat(height: int, width: int) -> None:
    shown = frame(height, width)
    expected = all_planes(shown)
    whole = shown.rows(slice(0, shown.size[0]))
    assert whole.shape == (1, CHANNELS, *shown.size)
    assert all(edge % BLOCK == 0 for edge in shown.size)
    assert torch.allclose(whole[..., :height, :width], expected, atol=1e-6)
    below, right = whole[..., height:, :width], whole[..., :height, width:]
    assert torch.equal(below, whole[..., height - 1 : height, :width].expand_as(below))
    assert torch.equal(right, whole[..., :height, width - 1 : width].expand_as(right))


@pytest.mark.parametrize("step", [4, 12, 20])
def test_rows_put_together_are_the_whole(step: int) -> None:
    shown = frame(50, 77)
    height = shown.size[0]
    parts = [shown.rows(slice(top, min(height, top + step))) for top in range(0, height, step)]
    # Code values depend in their last bit on where in a vector they are computed.
    assert torch.allclose(torch.cat(parts, dim=-2), shown.rows(slice(0, height)), atol=1e-6)


def test_a_part_of_a_frame_is_a_frame() -> None:
    shown = frame(64, 80)
    part = shown.part(slice(16, 48))
    assert part.size == (32, 80)
    assert torch.allclose(part.rows(slice(0, 32)), shown.rows(slice(16, 48)), atol=1e-6)


@pytest.mark.parametrize("around", [0, 12, 24])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (1952, 4096), (1999, 77)])
def test_stripes_cover_rows_once_and_see_around_them(height: int, width: int, around: int) -> None:
    found = list(stripes(height, width, stripe_pixels(CPU), around))
    assert [each.wanted.start for each in found[1:]] == [each.wanted.stop for each in found[:-1]]
    assert (found[0].wanted.start, found[-1].wanted.stop) == (0, height)
    for each in found:
        assert each.seen.start == max(0, each.wanted.start - around)
        assert each.seen.stop == min(height, each.wanted.stop + around)
        assert each.wanted.start % 4 == 0


@pytest.mark.parametrize(("height", "width", "count"), [(1088, 1920, 1), (2160, 3840, 4)])
@pytest.mark.parametrize("around", [0, 12, 24])
def test_a_gpu_works_on_few_stripes(height: int, width: int, count: int, around: int) -> None:
    pixels = stripe_pixels(torch.device("cuda"))
    assert len(list(stripes(height, width, pixels, around))) == count
