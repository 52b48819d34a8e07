"""Despeckle against a plain flood fill, and against hair."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from corridorkey_core.despeckle import despeckle
from corridorkey_core.islands import components

Place = tuple[int, int]


def flooded(places: set[Place], first: Place) -> set[Place]:
    """All places that hang together with the first one, diagonals included."""
    found, open_ends = {first}, [first]
    while open_ends:
        row, column = open_ends.pop()
        for down, across in product((-1, 0, 1), repeat=2):
            near = (row + down, column + across)
            if near in places and near not in found:
                found.add(near)
                open_ends.append(near)
    return found


def islands_of(matte: Tensor) -> list[set[Place]]:
    left = {(row, column) for row, column in (matte[0] > 1 / 255).nonzero().tolist()}
    islands = []
    while left:
        islands.append(flooded(left, min(left)))
        left -= islands[-1]
    return islands


def stays(island: set[Place], area: int) -> bool:
    sides = [max(place[axis] for place in island) for axis in (0, 1)]
    sides = [side - min(place[axis] for place in island) + 1 for axis, side in enumerate(sides)]
    return len(island) > area or max(sides) ** 2 > 4 * area


def is_near(one: set[Place], other: set[Place]) -> bool:
    return any(max(abs(a - c), abs(b - d)) <= 3 for a, b in one for c, d in other)


def expected(matte: Tensor, area: int) -> Tensor:
    """The definition, as slow as it is plain."""
    islands = islands_of(matte)
    kept = [island for island in islands if stays(island, area)]
    left = [island for island in islands if not stays(island, area)]
    joined = kept
    while joined:
        joined = [island for island in left if any(is_near(island, other) for other in joined)]
        left = [island for island in left if island not in joined]
    result = matte.clone()
    for row, column in set().union(*left):
        result[0, row, column] = 0.0
    return result


def random_matte(height: int, width: int, density: float, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    covered = torch.rand(1, height, width, generator=generator) < density
    return torch.rand(1, height, width, generator=generator) * covered


def drawn(*lines: str) -> Tensor:
    return torch.tensor([[float(mark != ".") for mark in line] for line in lines])[None]


MATTES = st.builds(
    random_matte,
    st.integers(1, 24),
    st.integers(1, 24),
    st.sampled_from([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.8]),
    st.integers(0, 10_000),
)


@settings(max_examples=300, deadline=None)
@given(matte=MATTES, area=st.integers(1, 60))
def test_it_does_what_a_flood_fill_says(matte: Tensor, area: int) -> None:
    before = matte.clone()
    assert torch.equal(despeckle(matte, area), expected(matte, area))
    assert torch.equal(matte, before)


@settings(max_examples=100, deadline=None)
@given(matte=MATTES, area=st.integers(1, 60))
def test_once_is_enough(matte: Tensor, area: int) -> None:
    once = despeckle(matte, area)
    assert torch.equal(despeckle(once, area), once)


@settings(max_examples=100, deadline=None)
@given(matte=MATTES, area=st.integers(1, 60), turns=st.integers(0, 3), mirrored=st.booleans())
def test_a_turned_matte_gives_the_turned_result(
    matte: Tensor, area: int, turns: int, mirrored: bool
) -> None:
    def turned(image: Tensor) -> Tensor:
        image = image.flip(-1) if mirrored else image
        return image.rot90(turns, (-2, -1))

    assert torch.equal(despeckle(turned(matte), area), turned(despeckle(matte, area)))


@settings(max_examples=100, deadline=None)
@given(matte=MATTES, area=st.integers(1, 60))
def test_only_whole_islands_go(matte: Tensor, area: int) -> None:
    cleaned = despeckle(matte, area)
    for island in islands_of(matte):
        rows, columns = (torch.tensor([place[axis] for place in island]) for axis in (0, 1))
        left = cleaned[0, rows, columns]
        assert not left.any() or torch.equal(left, matte[0, rows, columns])
    faint = matte <= 1 / 255
    assert torch.equal(cleaned[faint], matte[faint])


def test_it_does_what_a_flood_fill_says_of_a_real_edge() -> None:
    rows, columns = torch.meshgrid(torch.arange(90.0), torch.arange(120.0), indexing="ij")
    radius = ((rows - 45) ** 2 + (columns - 60) ** 2).sqrt()
    frayed = 25 + 9 * torch.sin(torch.atan2(rows - 45, columns - 60) * 40)
    disk = ((frayed - radius) / 3).clamp(0, 1)[None]
    matte = torch.maximum(disk, random_matte(90, 120, 0.01, 3))
    cleaned = despeckle(matte, 12)
    assert torch.equal(cleaned, expected(matte, 12))
    assert torch.equal(cleaned[disk > 1 / 255], matte[disk > 1 / 255])
    assert (cleaned > 0).sum() < (matte > 0).sum()


def spiral(edge: int) -> Tensor:
    """One path of single pixels, as long as half the area, with nothing between its arms."""
    matte = torch.zeros(1, edge, edge)
    row, column, down, across = 0, 0, 0, 1
    low, high = [0, 0], [edge - 1, edge - 1]
    for turn in range(edge):
        limits = (high[1], high[0], low[1], low[0])
        while True:
            matte[0, row, column] = 1.0
            position = column if across else row
            if position == limits[turn % 4]:
                break
            row, column = row + down, column + across
        down, across = across, -down
        if turn % 4 == 0:
            low[0] += 2
        elif turn % 4 == 1:
            high[1] -= 2
        elif turn % 4 == 2:
            high[0] -= 2
        else:
            low[1] += 2
        if low[0] > high[0] or low[1] > high[1]:
            break
    return matte


@pytest.mark.parametrize("edge", [9, 33, 121])
def test_a_spiral_is_one_island(edge: int) -> None:
    matte = spiral(edge)
    assert len(islands_of(matte)) == 1
    length = int(matte.sum())
    assert torch.equal(despeckle(matte, length - 1), matte)
    assert not despeckle(matte, length).any()


def test_a_comb_is_one_island() -> None:
    matte = torch.zeros(1, 400, 401)
    matte[:, :, ::2] = 1.0
    matte[:, -1] = 1.0
    size = int(matte.sum())
    assert torch.equal(despeckle(matte, size - 1), matte)
    assert not despeckle(matte, size).any()


def test_a_diagonal_chain_is_one_island() -> None:
    matte = torch.eye(300)[None]
    assert torch.equal(despeckle(matte, 299), matte)
    anti = matte.flip(-1)
    both = torch.maximum(matte, anti)
    assert torch.equal(despeckle(both, 599), both)
    assert torch.equal(despeckle(anti, 299), anti)


@pytest.mark.parametrize("edge", [1, 3, 6])
def test_the_area_given_is_the_largest_that_goes(edge: int) -> None:
    matte = torch.zeros(1, 20, 20)
    matte[:, 5 : 5 + edge, 5 : 5 + edge] = 0.3
    assert not despeckle(matte, edge * edge).any()
    assert torch.equal(despeckle(matte, edge * edge - 1), matte)


def test_links_too_faint_to_see_by_themselves_still_hold_a_strand() -> None:
    matte = torch.zeros(1, 60, 60)
    matte[:, 40:] = 1.0
    matte[:, 8:40, 30] = 0.006
    matte[:, 8:12, 30] = 0.5
    assert torch.equal(despeckle(matte, 48), matte)


def test_a_broken_strand_stays_all_the_way_to_its_tip() -> None:
    matte = torch.zeros(1, 80, 40)
    matte[:, 60:] = 1.0
    for top in range(4, 60, 5):
        matte[:, top : top + 3, 20] = 0.2
    assert torch.equal(despeckle(matte, 48), matte)


def test_a_flyaway_hair_stays_and_a_dot_of_the_same_area_goes() -> None:
    hair, dot = torch.zeros(1, 60, 60), torch.zeros(1, 60, 60)
    for step in range(40):
        hair[0, 5 + step, 10 + step // 2] = 0.15
    dot[:, 20:26, 20:26] = 0.9
    assert torch.equal(despeckle(hair, 48), hair)
    assert not despeckle(dot, 48).any()


def test_a_dot_next_to_the_subject_stays_and_one_further_off_goes() -> None:
    matte = drawn(*("." * 12 + "#" * 30 for _ in range(12)))
    near, far = matte.clone(), matte.clone()
    near[0, 5, 9], far[0, 5, 8] = 1.0, 1.0
    assert torch.equal(despeckle(near, 48), near)
    assert torch.equal(despeckle(far, 48), matte)


def test_nothing_reaches_around_the_edge_of_the_picture() -> None:
    matte = torch.zeros(1, 6, 30)
    matte[:, :, :20] = 1.0
    matte[0, 2, 29] = 1.0
    assert despeckle(matte, 48)[0, 2, 29] == 0.0


def test_0_leaves_the_matte_alone() -> None:
    matte = random_matte(9, 9, 0.3, 1)
    assert despeckle(matte, 0) is matte


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_empty_full_and_thin_mattes(shape: tuple[int, int], value: float) -> None:
    matte = torch.full((1, *shape), value)
    assert torch.equal(despeckle(matte, 10), expected(matte, 10))


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 30).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60),
        )
    )
)
def test_components_are_those_of_the_graph(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = graph
    here, there = (torch.tensor([pair[end] for pair in pairs], dtype=torch.int64) for end in (0, 1))
    root = list(range(count))
    for _ in range(count):
        for a, b in pairs:
            root[a] = root[b] = min(root[a], root[b])
    assert components(count, here, there).tolist() == root


def test_a_large_frame_of_noise_is_exact_beyond_what_floats_can_count() -> None:
    matte = torch.zeros(1, 4500, 4500)
    matte[:, ::6, ::6] = 1.0
    matte[:, 4300:, 4300:] = 1.0
    cleaned = despeckle(matte, 48)
    assert torch.equal(cleaned[:, 4297:, 4297:], matte[:, 4297:, 4297:])
    assert not cleaned[:, :4290].any()
    assert not cleaned[:, :, :4290].any()


@pytest.mark.gpu
@pytest.mark.parametrize("density", [0.01, 0.1, 0.4, 0.6])
def test_every_device_gives_the_same_answer(density: float) -> None:
    matte = random_matte(541, 983, density, 5)
    assert torch.equal(despeckle(matte.cuda(), 48).cpu(), despeckle(matte, 48))
