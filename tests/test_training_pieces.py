"""Pieces of larger frames: cut where they lie, none that teach nothing, larger things in them."""

from __future__ import annotations

import pytest
import torch

from corridorkey_core.keyers.builtin.features import GATE
from training import pieces
from training.bodies import edge
from training.dice import Dice
from training.examples import PLANES, Examples, make_examples
from training.frame_scale import frame_scale, times_as_wide
from training.noise import averaged
from training.pieces import cut, make_pieces
from training.subjects import through_lens

CPU = torch.device("cpu")


def test_pieces_lie_where_they_were_cut() -> None:
    frames = Examples.of(torch.rand(2, PLANES, 48, 32))
    found = cut(frames, 16)
    assert len(found) == 2 * 3 * 2
    assert torch.equal(found.planes[1], frames.planes[0, :, :16, 16:])
    assert torch.equal(found.say[8], frames.say[1, :, 16:32, :16])


@pytest.mark.parametrize(("times", "most"), [(1, 9), (2, 8), (3, 9)])
def test_frames_are_larger_and_as_many_pixels(
    times: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_TIMES", (times,))
    found = make_pieces(3, 9, 32, CPU)
    assert found.planes.shape[-2:] == (32, 32)
    assert 1 <= len(found) <= most
    whole = make_examples(3, most // times**2, 32 * times, CPU)
    assert torch.equal(found.planes[0], whole.planes[0, :, :32, :32])
    doubted = found.planes[:, GATE].amax(dim=(1, 2, 3)) > 0.0
    assert times == 1 or bool(doubted[1:].all())


def test_a_few_are_never_cut() -> None:
    assert torch.equal(make_pieces(7, 3, 32, CPU).planes, make_examples(7, 3, 32, CPU).planes)


def test_blur_is_wider_in_larger_frames() -> None:
    def blurred(size: int) -> float:
        layer = torch.zeros(8, 4, size, size)
        layer[..., : size // 2] = 1.0
        seen = through_lens(Dice(2, 8, CPU), layer)[:, 3]
        return float(((seen > 0.02) & (seen < 0.98)).float().sum(dim=-1).amax())

    assert frame_scale(256) == frame_scale(512) == 1.0
    assert blurred(1024) > 1.3 * blurred(512)


def test_edges_are_softer_in_larger_frames() -> None:
    def soft(size: int) -> float:
        away = torch.arange(-32.0, 32.0).expand(16, 1, size, 64)
        mixed = edge(Dice(4, 16, CPU), away.movedim(-1, -2))
        return float(((mixed > 0.0) & (mixed < 1.0)).float().sum(dim=-2).mean())

    assert soft(2048) > 1.3 * soft(512) > 0.0


def test_things_are_as_wide_as_in_a_usual_frame_or_wider_by_up_to_its_scale() -> None:
    assert torch.equal(times_as_wide(Dice(1, 8, CPU), 512), torch.ones(8, 1, 1, 1))
    wider = times_as_wide(Dice(1, 64, CPU), 2048)
    assert 1.0 <= float(wider.min()) < 1.5
    assert 3.0 < float(wider.max()) <= 4.0


def test_means_over_squares_are_those_of_all_their_pixels() -> None:
    field = torch.rand(2, 1, 12, 12)
    square = field[:, :, 2:9, 3:10].mean(dim=(-2, -1))
    assert torch.allclose(averaged(field, 3)[:, :, 5, 6], square, atol=1e-6)
    assert torch.allclose(averaged(torch.ones(1, 1, 9, 9), 4), torch.ones(()))
