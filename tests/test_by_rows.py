"""Pixelwise steps in parts: all rows once, in order, and small enough."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core import by_rows as rows
from corridorkey_core.by_rows import by_rows
from corridorkey_core.composite import preview
from corridorkey_core.restore import restore
from corridorkey_core.screen import Screen


@given(height=st.integers(1, 40), width=st.integers(1, 40), pixels=st.integers(1, 500))
def test_every_row_is_worked_on_once(height: int, width: int, pixels: int) -> None:
    seen: list[tuple[int, ...]] = []

    def double(colour: Tensor, alpha: Tensor) -> Tensor:
        seen.append(tuple(colour.shape[1:]))
        assert colour.shape[1:] == alpha.shape[1:]
        return 2.0 * colour + alpha

    colour = torch.arange(3.0 * height * width).view(3, height, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "PIXELS", pixels)
        found = by_rows(double, colour, colour[:1])
    assert torch.equal(found, 2.0 * colour + colour[:1])
    assert sum(each for each, _width in seen) == height
    assert all(each * width <= max(pixels, width) for each, _width in seen)


def test_other_devices_work_on_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PIXELS", 4)
    seen: list[int] = []
    picture = torch.empty(3, 8, 4, device="meta")

    def count(colour: Tensor) -> Tensor:
        seen.append(colour.shape[1])
        return colour

    assert by_rows(count, picture) is picture
    assert seen == [8]


@pytest.mark.parametrize("colour", [None, (0.1, 0.6, 0.2)])
def test_parts_of_a_key_are_as_the_whole(
    colour: tuple[float, float, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = torch.Generator().manual_seed(4)
    plate, foreground = (3.0 * torch.rand(3, 90, 50, generator=dice) for _ in range(2))
    alpha = torch.rand(1, 90, 50, generator=dice).sqrt()
    screen = Screen("green", colour)
    whole = restore(foreground, alpha, plate, screen), preview(foreground, alpha)
    monkeypatch.setattr(rows, "PIXELS", 7 * 50)
    parts = restore(foreground, alpha, plate, screen), preview(foreground, alpha)
    for one, other in zip(whole, parts, strict=True):
        assert torch.allclose(one, other, atol=1e-5)
