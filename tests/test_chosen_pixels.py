"""Pixels that a mask chooses, in pieces: all of them, and no picture copied for every piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from corridorkey_core.keyers.chroma import chosen
from corridorkey_core.keyers.chroma.alpha import corrected_alpha, plain_alpha
from corridorkey_core.keyers.chroma.chosen import chosen_pixels
from corridorkey_core.keyers.chroma.guide import guide
from corridorkey_core.keyers.chroma.unmix import unmix

HEIGHT, WIDTH = 24, 40
LEAST = 8  # pieces that a test must have, or it shows nothing


class Whole(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the copies that are as large as a plane of the picture."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.made = 0

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        is_copy = isinstance(found, Tensor) and "clone" in str(func)
        self.made += is_copy and found.numel() >= HEIGHT * WIDTH
        return found


def cut_out(channels: int, seed: int) -> Tensor:
    """A picture that is part of a larger one, as `enlarge` gives them."""
    larger = torch.rand(channels, HEIGHT, WIDTH + 2, generator=torch.Generator().manual_seed(seed))
    return larger[..., :WIDTH]


def test_the_pieces_are_all_that_is_chosen_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "MOST_ON_A_CPU", HEIGHT * WIDTH // 32)
    picture, mask = cut_out(3, 1), cut_out(1, 2) > 0.3
    pieces = list(chosen_pixels(mask, picture, mask))
    assert len(pieces) >= LEAST
    places = torch.cat([place for place, _pixels in pieces])
    assert torch.equal(places, mask.flatten().nonzero()[:, 0])
    pixels = torch.cat([pixels[0] for _place, pixels in pieces], dim=1)
    assert torch.equal(pixels, picture.flatten(1)[:, places])
    assert all(bool(pixels[1].all()) for _place, pixels in pieces)


def test_nothing_chosen_gives_no_piece() -> None:
    nothing = torch.zeros(1, 4, 4, dtype=torch.bool)
    assert list(chosen_pixels(nothing, torch.rand(3, 4, 4))) == []


def of_alpha() -> Tensor:
    plate, screen, prior = (cut_out(3, seed) for seed in (3, 4, 5))
    plain = plain_alpha(plate, screen)
    inside = guide(cut_out(1, 6), plain)
    return corrected_alpha(plate, screen, prior, plain, inside, torch.full((1, 1, 1), 0.01))


def of_colour() -> Tensor:
    plate, screen, prior = (cut_out(3, seed) for seed in (3, 4, 5))
    return unmix(plate, screen, prior, cut_out(1, 7))


@pytest.mark.parametrize("work", [of_alpha, of_colour])
def test_more_pieces_copy_no_more_pictures(
    work: Callable[[], Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, found = [], []
    for pieces in (1, 32):
        monkeypatch.setattr(chosen, "MOST_ON_A_CPU", HEIGHT * WIDTH // pieces)
        with Whole() as whole:
            found.append(work())
        made.append(whole.made)
    assert made[1] == made[0]
    assert torch.allclose(found[0], found[1], atol=1e-6)
