"""Which islands of a mask a seed reaches, beside growing the seed pixel by pixel."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from corridorkey_core.islands import reached


def grown(seed: Tensor, mask: Tensor) -> Tensor:
    """The same, slowly: a pixel at a time."""
    inside, now = mask.float(), (seed & mask).float()
    while True:
        after = torch.minimum(F.max_pool2d(now, 3, 1, 1), inside)
        if torch.equal(after, now):
            return now > 0.0
        now = after


@pytest.mark.parametrize("share", [0.3, 0.45, 0.6])
@pytest.mark.parametrize("size", [(1, 40, 57), (1, 3, 23, 31), (1, 1, 1), (1, 1, 9)])
def test_it_is_what_a_seed_grows_to(share: float, size: tuple[int, ...]) -> None:
    dice = torch.Generator().manual_seed(5)
    for _ in range(5):
        mask = torch.rand(size, generator=dice) < share
        seed = torch.rand(size, generator=dice) < 0.02
        assert torch.equal(reached(seed, mask), grown(seed, mask))


def test_nothing_and_everything() -> None:
    none, every = torch.zeros(1, 8, 8, dtype=torch.bool), torch.ones(1, 8, 8, dtype=torch.bool)
    for seed, mask, found in ((every, none, none), (none, every, none), (every, every, every)):
        assert torch.equal(reached(seed, mask), found)


def test_frames_are_apart() -> None:
    mask = torch.ones(1, 2, 6, 6, dtype=torch.bool)
    seed = torch.zeros_like(mask)
    seed[0, 0, 5, 2] = True
    found = reached(seed, mask)
    assert bool(found[0, 0].all())
    assert not bool(found[0, 1].any())


@pytest.mark.gpu
def test_every_device_finds_the_same() -> None:
    dice = torch.Generator().manual_seed(6)
    mask, seed = (torch.rand(1, 200, 300, generator=dice) < share for share in (0.4, 0.01))
    assert torch.equal(reached(seed.cuda(), mask.cuda()).cpu(), reached(seed, mask))
