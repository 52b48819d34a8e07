"""Many frames at once, which training keys, are answered as each alone."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.planes import planes
from corridorkey_core.keyers.chroma import automatic_hint
from corridorkey_core.keyers.chroma.evidence import evidence
from corridorkey_core.keyers.chroma.markers import markers
from corridorkey_core.keyers.chroma.unmix import unmix
from corridorkey_core.screen import Screen
from tests.chroma_scene import scene

SUBJECTS = (("lace and veil", "hard"), ("white fur", "easy"), ("smoke", "hard"))


@pytest.fixture(scope="module")
def frames() -> tuple[Tensor, Tensor]:
    """Plates [3, 3, H, W] and hints [1, 3, H, W]."""
    shots = [scene(subject, difficulty) for subject, difficulty in SUBJECTS]
    plates = torch.stack([planes(shot.plate) for shot in shots], dim=1)
    return plates, torch.stack([planes(shot.hint) for shot in shots], dim=1)


def test_every_step_of_the_key_is_the_same(frames: tuple[Tensor, Tensor]) -> None:
    plates, hints = frames
    together = evidence(plates, hints, None)
    colours = unmix(plates, together.behind, together.prior, together.alpha)
    for index in range(len(SUBJECTS)):
        plate = plates[:, index]
        alone = evidence(plate, hints[:, index], None)
        for step in ("behind", "plain", "noise", "prior", "alpha"):
            many, one = getattr(together, step)[:, index], getattr(alone, step)
            assert torch.allclose(many, one, atol=2e-4), step
        assert torch.allclose(together.inside.deep[:, index], alone.inside.deep, atol=2e-4)
        colour = unmix(plate, alone.behind, alone.prior, alone.alpha)
        assert torch.allclose(colours[:, index], colour, atol=2e-3)


def test_every_automatic_hint_is_the_same(frames: tuple[Tensor, Tensor]) -> None:
    plates, _ = frames
    together = automatic_hint(plates, Screen("green"))
    for index in range(len(SUBJECTS)):
        alone = automatic_hint(plates[:, index], Screen("green"))
        assert torch.allclose(together[:, index], alone, atol=1e-4)


def test_a_marker_is_found_in_its_own_frame_only() -> None:
    plain = torch.zeros(1, 3, 60, 80)
    plain[:, 1, 40:43, 40:43] = 1.0
    plain[:, 2, 57:60, 10:13] = 1.0
    found = markers(plain, torch.zeros_like(plain))
    assert found.shape == plain.shape
    assert [bool(each.any()) for each in found[0]] == [False, True, True]
    assert torch.equal(found[:, 1], markers(plain[:, 1], torch.zeros(1, 60, 80)))
