"""Forms of a network that only say that they ran, and what makes a keyer choose between them."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch
from torch import Tensor


class Told:
    """A form, whatever it is given: it says a number, and how often it ran."""

    def __init__(self, value: float) -> None:
        self.value, self.runs = value, 0

    def __call__(self, *_given: object) -> Tensor:
        self.runs += 1
        return torch.full((1,), self.value)


def fuse_as(monkeypatch: pytest.MonkeyPatch, chooser: ModuleType, fused: Told | Exception) -> None:
    """Let a keyer's `chooser` take all networks for ones to fuse, and make this of them."""

    def made(_network: object) -> Told:
        if isinstance(fused, Exception):
            raise fused
        return fused

    monkeypatch.setattr(chooser, "can_be_fused", lambda _network: True)
    monkeypatch.setattr(chooser, "fused_form", made)
