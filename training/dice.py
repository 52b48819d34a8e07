"""Seeded chance: the same seed on the same kind of device gives the same pictures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


class Dice:
    """Random tensors for `count` pictures at a time, and random numbers for all of them."""

    def __init__(self, seed: int, count: int, device: torch.device) -> None:
        self.count = count
        self.device = device
        self._generator = torch.Generator(device).manual_seed(seed)
        self._few = random.Random(seed)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """[count, 1, 1, 1], or [count, *shape], between `low` and `high`."""
        size = (self.count, *(shape or (1, 1, 1)))
        drawn = torch.rand(size, generator=self._generator, device=self.device)
        return low + (high - low) * drawn

    def normal(self, *shape: int) -> Tensor:
        """[count, *shape] of mean 0 and deviation 1."""
        size = (self.count, *shape)
        return torch.randn(size, generator=self._generator, device=self.device)

    def chance(self, probability: float) -> Tensor:
        """[count, 1, 1, 1] of 1 with this probability and else 0."""
        return (self.uniform(0.0, 1.0) < probability).float()

    def places(self, weights: Tensor, number: int) -> Tensor:
        """[count, number] indices into the last axis of `weights` [count, K], with repeats."""
        return torch.multinomial(weights, number, replacement=True, generator=self._generator)

    def between(self, low: float, high: float) -> float:
        """One number for all pictures."""
        return self._few.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """One whole number for all pictures, both ends included."""
        return self._few.randint(low, high)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of these for all pictures."""
        return self._few.choice(choices)
