"""Pieces of larger frames: cut where they lie, none that teach nothing, larger things in them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from corridorkey_core.keyers.builtin.features import GATE
from corridorkey_core.keyers.builtin.looks import kept_in_mind
from corridorkey_core.keyers.builtin.weights import FIRST
from tests.silent_network import silent
from training.bodies import edge
from training.dice import Dice
from training.examples import PLANES, Examples, make_examples
from training.frame_scale import frame_scale, times_as_wide
from training.lessons import LESSONS, Lesson
from training.looks import Asks, from_afar, looks
from training.noise import averaged
from training.pieces import cut, make_pieces
from training.subjects import through_lens

CPU = torch.device("cpu")
SILENT = Asks(silent, silent)


def all_looks(times: int, afar: int) -> Lesson:
    """Every look at frames so many times as large as a piece, seen first so many times smaller."""
    return Lesson(FIRST, ((times, afar),), (times, afar), 0, None)


def test_pieces_lie_where_they_were_cut() -> None:
    frames = Examples.of(torch.rand(2, PLANES, 48, 32))
    found = cut(frames, 16)
    assert len(found) == 2 * 3 * 2
    assert torch.equal(found.planes[1], frames.planes[0, :, :16, 16:])
    assert torch.equal(found.say[8], frames.say[1, :, 16:32, :16])


@pytest.mark.parametrize(("times", "most"), [(1, 17), (2, 4 * 5), (4, 16 + 4 + 1)])
def test_frames_are_larger_and_as_many_pixels_and_seen_from_afar(times: int, most: int) -> None:
    found = make_pieces(3, 17, 32, CPU, all_looks(times, times), SILENT)
    assert found.planes.shape[-2:] == (32, 32)
    assert 1 <= len(found) <= most
    frames = make_examples(3, 17 // times**2, 32 * times, CPU)
    small = from_afar(frames, times)
    assert torch.equal(found.planes[0], small.planes[0])
    doubted = found.planes[:, GATE].amax(dim=(1, 2, 3)) > 0.0
    assert times == 1 or bool(doubted[1:].all())
    nearest = cut(frames, 32).planes
    asked = nearest[nearest[:, GATE].amax(dim=(1, 2, 3)) > 0.0]
    assert times == 1 or torch.equal(found.planes[-len(asked) :], asked)


def test_a_frame_as_large_as_a_piece_is_no_example_seen_from_afar() -> None:
    found = make_pieces(7, 3, 32, CPU, all_looks(1, 2), Asks(telling, telling))
    assert torch.equal(found.planes, make_examples(7, 3, 32, CPU).planes)
    assert float(found.afar.abs().max()) > 0.0


def test_a_few_are_never_cut() -> None:
    for lesson in LESSONS.values():
        found = make_pieces(7, 3, 32, CPU, lesson, SILENT)
        assert torch.equal(found.planes, make_examples(7, 3, 32, CPU).planes)


def test_the_first_look_is_learnt_from_frames_of_which_nothing_was_said() -> None:
    asks = Asks(telling, not_asked)
    for times, afar in LESSONS["first"].frames:
        frames = make_examples(5, 1, 32 * times, CPU)
        (seen,) = LESSONS["first"].taken(frames, afar, asks)
        assert seen.size == 32 * times // afar
        assert float(seen.afar.abs().max()) == 0.0


def test_nearer_looks_are_learnt_from_what_the_first_said_and_not_the_first() -> None:
    asks = Asks(telling, telling)
    for times, afar in LESSONS["nearer"].frames:
        frames = make_examples(5, 1, 32 * times, CPU)
        seen = LESSONS["nearer"].taken(frames, afar, asks)
        assert len(seen) == afar.bit_length() - 1
        assert seen[-1].size == 32 * times
        assert all(float(each.afar.abs().max()) > 0.0 for each in seen)


def not_asked(_seen: Examples) -> Tensor:
    raise AssertionError("It was asked.")


def telling(seen: Examples) -> Tensor:
    """A network that says how dark it is, and how much was said before."""
    return seen.planes[:, :4] - 0.5 + seen.afar


def test_each_look_is_shown_what_was_said_of_the_one_before_where_there_is_a_say() -> None:
    frames = make_examples(9, 2, 64, CPU)
    asks = Asks(telling, lambda seen: 0.5 * telling(seen))
    far, middle, near = looks(frames, 4, asks)
    assert [each.size for each in (far, middle, near)] == [16, 32, 64]
    assert float(far.afar.abs().max()) == 0.0
    for ask, before, after in ((asks.first, far, middle), (asks.nearer, middle, near)):
        told = kept_in_mind(ask(before), before.planes[:, GATE])
        assert torch.equal(after.afar[..., ::2, ::2], told)
        assert torch.equal(after.afar[..., 1::2, 1::2], told)
    assert torch.equal(near.planes, frames.planes)


def test_from_afar_colours_are_those_of_what_is_seen() -> None:
    frames = make_examples(9, 1, 64, CPU)
    seen = from_afar(frames, 2)
    parts = (frames.alpha, frames.code)
    alpha, code = (each[..., 10:12, 20:22].mean(dim=(-2, -1)) for each in parts)
    assert torch.allclose(seen.alpha[..., 5, 10], alpha, atol=1e-6)
    shown = (frames.code * frames.alpha)[..., 10:12, 20:22].mean(dim=(-2, -1))
    wanted = shown / alpha if float(alpha) > 1e-4 else code
    assert torch.allclose(seen.code[..., 5, 10], wanted, atol=1e-5)


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
