"""Large frames are looked at from afar first: how often, of what, and in parts as of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.area import Area
from corridorkey_core.keyers.builtin import looks
from corridorkey_core.keyers.builtin.features import GATE
from corridorkey_core.keyers.builtin.looks import kept_in_mind, looked
from corridorkey_core.keyers.builtin.network import BLOCK
from corridorkey_core.keyers.builtin.shown import Shown, ShownFrame, farthest
from tests.test_builtin_stages import frame, with_doubt

_FAR = 16  # pixels that `blurring` sees around one


@pytest.mark.parametrize(
    ("size", "times"),
    [((400, 640), 1), ((1024, 768), 1), ((1080, 1920), 2), ((2160, 4096), 4), ((4320, 7680), 8)],
)
def test_the_larger_a_frame_the_farther_it_is_first_looked_at(
    size: tuple[int, int], times: int
) -> None:
    assert farthest(*size) == farthest(*reversed(size)) == times


def blurred(planes: Tensor, afar: Tensor | None) -> Tensor:
    """Some planes, without what was said before of them, as they are `_FAR` pixels around."""
    some = planes[:, 5:9]
    if afar is not None:
        some = some - F.interpolate(afar, scale_factor=2.0)
    return F.avg_pool2d(some, 2 * _FAR + 1, 1, _FAR)


def blurring(shown: Shown, _pixels: int, afar: Tensor | None) -> Tensor:
    """A network that sees `_FAR` pixels around one."""
    return blurred(shown.planes(Area.whole(*shown.size)), afar)


def in_grid(shown: ShownFrame, times: int) -> ShownFrame:
    return replace(shown, grid=BLOCK * times)


def expected(shown: ShownFrame, times: int) -> Tensor:
    """The looks at a whole frame, written down plainly."""
    whole, afar = shown.planes(Area.whole(*shown.size)), None
    while times > 1:
        planes = F.avg_pool2d(whole, times)
        afar, times = blurred(planes, afar).clamp(-1.0, 1.0) * planes[:, GATE], times // 2
    return blurred(whole, afar)


@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("pixels", [2_000, 1_000_000])
def test_each_look_knows_what_was_said_at_half_the_size(times: int, pixels: int) -> None:
    shown = in_grid(frame(190, 300), times)
    whole = Area.whole(*shown.size)
    area, said = looked(blurring, shown, whole, pixels)
    assert area == whole
    assert torch.allclose(said, expected(shown, times), atol=1e-5)


@pytest.mark.parametrize("times", [1, 2, 4])
@pytest.mark.parametrize("place", [(9, 20), (150, 260), (189, 299)])
def test_around_some_doubt_the_answer_is_that_of_the_whole_frame(
    times: int, place: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "REACH", _FAR)
    shown = in_grid(with_doubt(frame(190, 300), place), times)
    row, column = place
    doubted = Area(slice(row, row + 1), slice(column, column + 1))
    area, said = looked(blurring, shown, doubted, 1_000_000)
    assert area.size[1] < 300
    found = doubted.counted_from(area).of(said)
    assert torch.allclose(found, doubted.of(expected(shown, times)), atol=1e-5)


def test_what_is_looked_at_is_no_more_than_the_answer_depends_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks, "REACH", _FAR)
    sizes = list[tuple[int, int]]()

    def ask(shown: Shown, pixels: int, afar: Tensor | None) -> Tensor:
        sizes.append(shown.size)
        assert (afar is None) == (len(sizes) == 1)
        return blurring(shown, pixels, afar)

    looked(ask, in_grid(frame(190, 300), 4), Area(slice(70, 80), slice(140, 150)), 1_000_000)
    assert sizes == [(48, 80), (64, 96), (128, 128)]


def test_nothing_is_kept_of_what_there_is_no_say_in_nor_more_than_a_whole_alpha() -> None:
    said = torch.tensor([3.0, -0.4, 0.7]).view(1, 1, 1, 3).expand(1, 4, 1, 3)
    gate = torch.tensor([1.0, 0.5, 0.0]).view(1, 1, 1, 3)
    assert torch.allclose(kept_in_mind(said, gate)[0, 2], torch.tensor([[1.0, -0.2, 0.0]]))
