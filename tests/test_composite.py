"""Premultiplication, over, the board and the preview."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.composite import (
    DARK,
    LIGHT,
    checkerboard,
    over,
    premultiply,
    preview,
)

CPU = torch.device("cpu")
LIGHTS = st.floats(-2, 100, width=32)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_over_is_the_foreground_where_solid_and_the_background_where_clear() -> None:
    front, back = 4.0 * noise(3, 9, 11), noise(3, 9, 11, seed=1)
    assert torch.equal(over(front, torch.ones(1, 9, 11), back), front)
    assert torch.equal(over(front, torch.zeros(1, 9, 11), back), back)


@given(LIGHTS, LIGHTS, st.floats(0, 1, width=32))
def test_over_mixes_in_proportion(front: float, back: float, alpha: float) -> None:
    result = over(*(torch.full((3, 1, 1), value) for value in (front, alpha, back)))
    assert float(result[0]) == pytest.approx(front * alpha + back * (1 - alpha), abs=1e-4)


def test_premultiplied_is_over_black() -> None:
    front, alpha = noise(3, 5, 7), noise(1, 5, 7, seed=1)
    assert torch.equal(premultiply(front, alpha), over(front, alpha, torch.zeros(3, 5, 7)))


@pytest.mark.parametrize("size", [(1, 1), (7, 10), (64, 48)])
@pytest.mark.parametrize("tile", [1, 4, 100])
def test_the_board_is_made_of_two_greys_in_tiles(size: tuple[int, int], tile: int) -> None:
    board = checkerboard(size, tile, CPU)
    assert board.shape == (1, *size)
    for row in range(size[0]):
        for column in range(size[1]):
            odd = (row // tile + column // tile) % 2
            assert float(board[0, row, column]) == pytest.approx(LIGHT if odd else DARK)


def test_a_preview_is_encoded_confined_and_changes_nothing() -> None:
    front, alpha = 6.0 * noise(3, 30, 40) - 1.0, noise(1, 30, 40, seed=1)
    copies = front.clone(), alpha.clone()
    picture = preview(front, alpha)
    assert picture.shape == (3, 30, 40)
    assert picture.min() >= 0.0
    assert picture.max() <= 1.0
    assert torch.equal(front, copies[0])
    assert torch.equal(alpha, copies[1])


def test_a_solid_grey_is_previewed_as_srgb() -> None:
    grey = preview(torch.full((3, 4, 4), 0.2140411), torch.ones(1, 4, 4))
    assert torch.allclose(grey, torch.full((3, 4, 4), 0.5), atol=1e-5)
