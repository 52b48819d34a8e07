"""What chroma makes of a hint, and of gaps and grain inside it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from corridorkey_core.keyers.chroma.alpha import settled
from corridorkey_core.keyers.chroma.guide import Guide, guide, solidified
from corridorkey_core.resample import shrink_least
from tests.chroma_scene import disk_before, flat_screen, key

EDGE = 640


def distances(size: int = EDGE) -> tuple[Tensor, Tensor]:
    """How far every pixel is from the middle, and at which angle to the rows."""
    rows, columns = (torch.arange(size) - (size - 1) / 2 for _ in range(2))
    return torch.hypot(rows[:, None], columns[None]), torch.atan2(rows[:, None], columns[None])


def same(alpha: Tensor, inside: float) -> Guide:
    """A guide that says the same of all pixels of `alpha`."""
    mask = torch.full_like(alpha, inside)
    return Guide(torch.ones_like(mask), mask, mask, mask, torch.zeros_like(mask))


@pytest.mark.parametrize("scale", [1, 3])
def test_what_is_well_inside_a_round_hint_is_round(scale: int) -> None:
    far, angle = distances(scale * EDGE)
    hint = (far < 200.0 * scale).float()[None]
    inside = guide(hint, hint)
    for mask in (inside.shallow, inside.deep):
        edges = []
        for turn in (0.0, 0.39, 0.785, 1.18, 1.57):
            ray = (angle - turn).abs() < 0.004
            edges.append(float(far[ray & (mask[0] > 0.5)].max()) / scale)
        assert max(edges) - min(edges) < 2.5
        assert max(edges) < 200.0


def test_screen_seen_in_cloth_takes_a_round_neighbourhood_with_it() -> None:
    plain = torch.full((1, EDGE, EDGE), 0.99)
    plain[:, 318:322, 318:322] = 0.2
    just_inside = torch.tensor((1.0, 1.0, 0.0, 0.0, 0.0)).view(5, 1, 1).expand(5, EDGE, EDGE)
    taken = solidified(torch.zeros_like(plain), plain, Guide.of(just_inside))[0] < 0.5
    far, angle = distances()
    reach = [float(far[taken & ((angle - turn).abs() < 0.08)].max()) for turn in (0.0, 0.785, 1.57)]
    assert max(reach) - min(reach) < 1.6
    assert min(reach) > 4.0


def test_the_least_of_blocks_is_no_more_than_any_pixel() -> None:
    plain = torch.rand(1, 37, 50, generator=torch.Generator().manual_seed(1))
    least = shrink_least(plain, 4)
    assert least.shape == (1, 10, 13)
    assert float(least[0, 2, 3]) == float(plain[0, 8:12, 12:16].min())
    assert float(least[0, 9, 12]) == float(plain[0, 36:, 48:].min())


def test_a_faint_gap_is_grain_far_from_an_edge_and_hair_near_one() -> None:
    alpha = torch.zeros(1, 64, EDGE)
    alpha[..., 32:] = 1.0
    alpha[..., 36:44] = alpha[..., 300:308] = 0.91
    outside, deep = (settled(alpha, same(alpha, inside)) for inside in (0.0, 1.0))
    assert float(outside[0, 32, 304]) == float(deep[0, 32, 304]) == 1.0
    assert float(outside[0, 32, 40]) < 0.93
    assert float(deep[0, 32, 40]) == 1.0


def test_a_mesh_is_not_taken_for_cloth_of_the_screens_colour() -> None:
    rows, columns = torch.arange(EDGE)[:, None], torch.arange(EDGE)[None]
    twine = ((rows % 4 < 1) | (columns % 4 < 1)).float()
    hint = torch.ones(1, EDGE, EDGE)
    for plain, least, most in ((0.7 + 0.3 * twine, 0.0, 0.7), (0.7 + 0.1 * twine, 0.999, 1.0)):
        deep = guide(hint, plain[None]).deep[:, 20:-20, 20:-20]
        assert least <= float(deep.min())
        assert float(deep.max()) <= most


def test_what_a_hint_marks_faintly_is_kept_though_it_stands_apart() -> None:
    size = (240, 320)
    drawn = disk_before(flat_screen(*size), (0.3, 0.2, 0.15), 50.0)
    plate, hint = drawn[:3].clone(), (drawn[3:] > 0.5).float()
    for left in (20, 34, 50):
        plate[:, 60:180, left : left + 3] = torch.tensor((0.15, 0.1, 0.08)).view(3, 1, 1)
    assert float(key(plate, hint).alpha[:, 80:160, 21].max()) == 0.0
    hint[:, 50:190, 12:62] = 0.45
    alpha = key(plate, hint).alpha
    for left in (21, 35, 51):
        assert float(alpha[:, 80:160, left].min()) > 0.9
    assert float(alpha[:, 80:160, 42:46].max()) == 0.0


def joined_to_a_hint(strength: float) -> tuple[Tensor, Tensor]:
    """A hint about a body on the left, and what is of it: an arm of some strength to column 520."""
    hint, plain = torch.zeros(2, 1, EDGE, EDGE).unbind()
    hint[:, 240:400, 40:120] = 1.0
    plain[:, 230:410, 30:140] = 1.0
    plain[:, 310:330, 140:520] = strength
    return hint, plain


def test_a_limb_that_reaches_far_beyond_a_coarse_hint_is_kept_to_its_end() -> None:
    hint, plain = joined_to_a_hint(0.5)
    allowed = guide(hint, plain).allowed[0]
    assert float(allowed[310:330, 140:518].min()) > 0.9
    assert float(allowed[310:330, 560:].max()) == 0.0


def test_a_trace_is_followed_near_a_hint_only() -> None:
    hint, plain = joined_to_a_hint(0.2)
    allowed = guide(hint, plain).allowed[0]
    assert float(allowed[310:330, 140:190].min()) > 0.9
    assert float(allowed[310:330, 230:].max()) == 0.0


def test_no_studio_is_kept_though_a_limb_reaches_it() -> None:
    hint, plain = joined_to_a_hint(0.5)
    plain[:, :, 500:] = 1.0
    allowed = guide(hint, plain).allowed[0]
    assert float(allowed[310:330, 140:480].min()) > 0.9
    assert float(allowed[:, 530:].max()) == 0.0
