"""Pictures made smaller for a preview."""

from __future__ import annotations

import pytest
import torch

from corridorkey_core.frames import Header, Window
from corridorkey_core.postprocess import Keyed
from corridorkey_core.reduced import reduced, reduced_header


def test_a_picture_that_is_small_enough_is_the_same() -> None:
    keyed = Keyed(torch.rand(1, 20, 30), torch.rand(3, 20, 30))
    window = Window(3, 4, 30, 20)
    for edge in (0, 30, 100):
        assert reduced(keyed, edge) is keyed
        header = Header(window, window)
        assert reduced_header(header, edge) is header


def test_reducing_keeps_the_colour_of_an_edge_free_of_what_lies_behind() -> None:
    matte = torch.zeros(1, 16, 16)
    matte[:, :, :9] = 1.0
    colour = torch.where(matte > 0, 0.5, torch.tensor(7.0)).expand(3, 16, 16)
    small = reduced(Keyed(matte, colour), 8)
    assert small.matte.shape == (1, 8, 8)
    assert small.foreground[:, :, :5] == pytest.approx(torch.full((3, 8, 5), 0.5), abs=1e-4)
