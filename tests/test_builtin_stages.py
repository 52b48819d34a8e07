"""A network shown parts of a picture, and asked in stages, says what it says of the whole."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import pytest
import torch
from torch import Tensor

from benchmarks.planes import planes
from corridorkey_core.area import Area
from corridorkey_core.keyers.builtin.features import CHANNELS, doubt, features
from corridorkey_core.keyers.builtin.network import BLOCK, OUTPUTS, REACH, KeyNetwork
from corridorkey_core.keyers.builtin.shown import ShownFrame, ShownPlanes
from corridorkey_core.keyers.builtin.stages import Staged, in_stages
from corridorkey_core.keyers.builtin.tiles import tile_pixels, tiles
from corridorkey_core.keyers.builtin.weights import FIRST, trained_network
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.chroma.unmix import unmix
from tests.chroma_scene import scene

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(scope="module")
def network() -> KeyNetwork:
    return trained_network(CPU, FIRST)


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
    """Whether the last stage does, for tiles that overlap."""
    planes = torch.rand(1, CHANNELS, 16, 16, generator=torch.Generator().manual_seed(3))
    kept, values = network.near(planes, None)
    given = planes, kept, network.far(values)
    before = [each.clone() for each in given]
    network.finished(*given)
    return all(map(torch.equal, given, before))


def afar(size: tuple[int, int]) -> Tensor:
    """What may have been said of a picture at half its size."""
    half = [edge // 2 for edge in size]
    return torch.rand(1, OUTPUTS, *half, generator=torch.Generator().manual_seed(4)) - 0.5


@pytest.mark.parametrize("pixels", [8_000, 20_000, 1_000_000])
@pytest.mark.parametrize("size", [(16, 16), (208, 160), (96, 400)])
def test_stages_say_what_the_whole_network_says(
    network: KeyNetwork, size: tuple[int, int], pixels: int
) -> None:
    shown = torch.rand(1, CHANNELS, *size, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        for told in (None, afar(size)):
            expected = network(shown, told)
            said = in_stages(network, ShownPlanes(shown), pixels, told)
            assert said.shape == expected.shape
            assert float((said - expected).abs().max()) < 1e-5


def test_a_tile_sees_too_little_where_a_stage_sees_further(
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
    whole = shown.planes(Area.whole(*shown.size))
    assert whole.shape == (1, CHANNELS, *shown.size)
    assert all(edge % BLOCK == 0 for edge in shown.size)
    assert torch.allclose(whole[..., :height, :width], expected, atol=1e-6)
    below, right = whole[..., height:, :width], whole[..., :height, width:]
    assert torch.equal(below, whole[..., height - 1 : height, :width].expand_as(below))
    assert torch.equal(right, whole[..., :height, width - 1 : width].expand_as(right))


@pytest.mark.parametrize("step", [4, 12, 20])
def test_parts_put_together_are_the_whole(step: int) -> None:
    shown = frame(50, 77)
    expected = shown.planes(Area.whole(*shown.size))
    found = torch.full_like(expected, -1.0)
    for tile in tiles(*shown.size, step * step):
        tile.wanted.of(found).copy_(shown.planes(tile.wanted))
    # Code values depend in their last bit on where in a vector they are computed.
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_part_of_a_frame_is_a_frame() -> None:
    shown = frame(64, 80)
    area = Area(slice(16, 48), slice(32, 80))
    part = shown.part(area)
    assert part.size == area.size == (32, 48)
    assert torch.allclose(part.planes(Area.whole(32, 48)), shown.planes(area), atol=1e-6)


def with_doubt(shown: ShownFrame, *places: tuple[int, int]) -> ShownFrame:
    gate = torch.zeros_like(shown.gate)
    for row, column in places:
        gate[:, row, column] = 0.5
    return replace(shown, gate=gate)


def test_only_what_is_in_doubt_is_asked_for() -> None:
    shown, whole = frame(64, 80), Area.whole(64, 80)
    assert with_doubt(shown).doubted(whole) is None
    assert with_doubt(shown, (9, 20), (30, 79)).doubted(whole) == Area(slice(8, 32), slice(20, 80))
    lower = Area(slice(32, 64), slice(16, 48))
    assert with_doubt(shown, (9, 20)).doubted(lower) is None
    assert with_doubt(shown, (33, 40)).doubted(lower) == Area(slice(32, 36), slice(40, 44))
    assert ShownPlanes(with_doubt(shown, (33, 40)).planes(whole)).doubted(lower) == Area(
        slice(32, 36), slice(40, 44)
    )


def test_doubt_in_the_last_column_does_not_reach_beyond_the_picture() -> None:
    shown = with_doubt(frame(50, 77), (49, 76))
    assert shown.size == (64, 80)
    assert shown.doubted(Area.whole(*shown.size)) == Area(slice(48, 52), slice(76, 80))
    assert shown.doubted(Area(slice(52, 64), slice(0, 80))) is None


def test_where_there_is_doubt_the_answer_is_that_of_the_whole(network: KeyNetwork) -> None:
    shown = with_doubt(frame(208, 160), (20, 30), (21, 60), (150, 159))
    with torch.inference_mode():
        expected = network(shown.planes(Area.whole(208, 160)))
        said = in_stages(network, shown, 8_000)
    for row, column in ((20, 30), (21, 60), (150, 159)):
        found, wanted = said[..., row, column], expected[..., row, column]
        assert torch.allclose(found, wanted, atol=1e-5)
        assert float(wanted.abs().max()) > 0.0
    assert float(said[..., 80:140, :].abs().max()) == 0.0


def test_a_pixel_depends_on_no_more_than_the_networks_reach(network: KeyNetwork) -> None:
    size = REACH + -REACH % BLOCK + BLOCK
    shown = torch.rand(1, CHANNELS, BLOCK, size, generator=torch.Generator().manual_seed(3))
    other = shown.clone()
    other[..., REACH:] = torch.rand(1, generator=torch.Generator().manual_seed(4))
    with torch.inference_mode():
        apart = (network(shown) - network(other)).abs()[0, :, :, 0]
    assert float(apart.max()) < 1e-6


AROUND = pytest.mark.parametrize("around", [0, 12, 24])


@AROUND
@pytest.mark.parametrize(("height", "width"), [(16, 16), (1952, 4096), (2160, 3840), (1999, 77)])
@pytest.mark.parametrize("pixels", [8_000, tile_pixels(CPU), tile_pixels(CUDA)])
def test_tiles_cover_a_picture_once_and_see_around_them(
    height: int, width: int, pixels: int, around: int
) -> None:
    covered = torch.zeros(height, width, dtype=torch.int8)
    for tile in tiles(height, width, pixels, around):
        tile.wanted.of(covered).add_(1)
        assert tile.seen == tile.wanted.grown(around, Area.whole(height, width))
        assert tile.within.of(tile.seen.of(covered)).shape == tile.wanted.of(covered).shape
        assert tile.wanted.rows.start % 4 == tile.wanted.columns.start % 4 == 0
    assert bool((covered == 1).all())


@AROUND
@pytest.mark.parametrize(("height", "width"), [(1088, 1920), (2160, 3840), (2160, 4096)])
def test_most_of_what_a_cpu_sees_is_wanted(height: int, width: int, around: int) -> None:
    pixels = tile_pixels(CPU)
    seen = [prod(tile.seen.size) for tile in tiles(height, width, pixels, around)]
    assert max(seen) <= pixels
    assert sum(seen) < 1.25 * height * width


@AROUND
@pytest.mark.parametrize(("height", "width", "count"), [(1088, 1920, 1), (2160, 3840, 4)])
def test_a_gpu_works_on_few_tiles_of_whole_rows(
    height: int, width: int, count: int, around: int
) -> None:
    found = list(tiles(height, width, tile_pixels(CUDA), around))
    assert len(found) == count
    assert all(tile.wanted.columns == slice(0, width) for tile in found)
