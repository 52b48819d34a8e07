"""Tracking markers beside the subject go; hair and props do not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmarks.planes import planes
from corridorkey_core.keyers.chroma.markers import markers
from tests.chroma_scene import MARKED_SIZE, MARKER, core, cross, key, marked_disk, scene

PALE = torch.tensor((0.30, 0.46, 0.32)).view(3, 1, 1)  # half a green screen by its difference


@pytest.mark.parametrize(("arm", "thickness"), [(2, 1), (1, 1), (2, 3)])
def test_a_cross_is_a_marker_with_its_edge(arm: int, thickness: int) -> None:
    found = markers(cross(arm, thickness), torch.zeros(1, *MARKED_SIZE))
    assert found[cross(arm, thickness) > 0].all()
    assert not found[:, 30 + arm + 3 :].any()


def test_under_the_hint_nothing_is_a_marker() -> None:
    plain = cross(2, 3)
    hint = torch.zeros(1, *MARKED_SIZE)
    hint[:, 32:, 40:] = 1.0
    assert not markers(plain, hint).any()


def test_what_a_solid_thread_holds_is_no_marker() -> None:
    plain = cross(2, 3)
    plain[:, 32:, 40] = 0.6
    assert not markers(plain, torch.zeros(1, *MARKED_SIZE)).any()


def test_a_tuft_among_wisps_is_no_marker() -> None:
    plain = cross(2, 3)
    plain[:, 30:, 36:46] = plain[:, 30:, 36:46].clamp_min(0.3)
    assert not markers(plain, torch.zeros(1, *MARKED_SIZE)).any()


@pytest.mark.parametrize("down", [0, 1])
def test_a_loose_strand_is_no_marker(down: int) -> None:
    plain = torch.zeros(1, *MARKED_SIZE)
    for step in range(6):
        plain[0, 30 + down * step, 40 + step] = 0.9
    assert not markers(plain, torch.zeros(1, *MARKED_SIZE)).any()


def test_faint_and_large_things_are_no_markers() -> None:
    large = torch.zeros(1, *MARKED_SIZE)
    large[:, 20:40, 30:50] = 1.0
    for plain in (
        0.7 * cross(1, 1),
        large,
        torch.zeros(1, *MARKED_SIZE),
        torch.ones(1, *MARKED_SIZE),
    ):
        assert not markers(plain, torch.zeros(1, *MARKED_SIZE)).any()


def test_a_fainter_cross_of_one_colour_is_a_marker() -> None:
    plain = 0.55 * cross(2, 3)
    assert markers(plain, torch.zeros(1, *MARKED_SIZE))[plain > 0].all()


def test_a_puff_that_stands_apart_is_no_marker() -> None:
    down, across = torch.meshgrid(torch.arange(120.0), torch.arange(160.0), indexing="ij")
    away = ((down - 30.0).square() + (across - 40.0).square())[None]
    for size in (1.2, 2.0, 3.0):
        puff = 0.75 * torch.exp(-0.5 * away / size**2)
        assert not markers(puff, torch.zeros(1, *MARKED_SIZE)).any()


def test_a_marker_at_the_picture_s_border_is_one_too() -> None:
    plain = torch.zeros(1, *MARKED_SIZE)
    plain[:, :4, :4] = 1.0
    assert markers(plain, torch.zeros(1, *MARKED_SIZE))[:, :4, :4].all()


@pytest.mark.parametrize("scale", [2, 6])
def test_a_marker_close_to_the_subject_leaves_nothing(scale: int) -> None:
    plate, hint, mark = marked_disk(scale)
    alpha = key(plate, hint).alpha
    assert float(alpha[mark > 0].max()) == 0.0
    assert float(alpha[core(hint)].min()) == 1.0


@pytest.mark.parametrize("paint", [MARKER, PALE])
def test_a_marker_near_hair_goes_and_the_hair_stays(paint: Tensor) -> None:
    shot = scene("brown hair")
    plate, hint, truth = planes(shot.plate), planes(shot.hint), planes(shot.alpha)
    clear = torch.nn.functional.max_pool2d(truth, 21, 1, 10) < 0.1
    near = torch.nn.functional.max_pool2d((truth > 0.5).float(), 41, 1, 20) > 0
    inner = torch.zeros_like(clear)
    inner[:, 12:-12, 12:-12] = True
    row, column = (clear & near & inner)[0].nonzero()[0].tolist()
    mark = torch.zeros_like(truth)
    mark[:, row - 4 : row + 5, column - 1 : column + 2] = 1.0
    mark[:, row - 1 : row + 2, column - 4 : column + 5] = 1.0
    marked = key(torch.lerp(plate, paint.expand_as(plate), mark), hint).alpha
    assert int((mark > 0).sum()) > 40
    assert float(marked[mark > 0].max()) < 0.02
    hair = truth > 0.1
    assert float((marked - key(plate, hint).alpha).abs()[hair].mean()) < 1e-3


@pytest.mark.gpu
def test_every_device_finds_the_same_markers() -> None:
    shot = scene("brown hair")
    plain = (planes(shot.alpha) + torch.rand(1, 288, 432)) / 2
    hint = planes(shot.hint)
    assert torch.equal(markers(plain.cuda(), hint.cuda()).cpu(), markers(plain, hint))
