"""Some rows and columns of a picture: where they lie, and what is around them."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.area import Area

HEIGHT, WIDTH = 24, 40
WHOLE = Area.whole(HEIGHT, WIDTH)
PICTURE = torch.arange(HEIGHT * WIDTH).view(1, HEIGHT, WIDTH)


def parts(length: int) -> st.SearchStrategy[slice]:
    ends = st.lists(st.integers(0, length), min_size=2, max_size=2, unique=True)
    return ends.map(lambda two: slice(*sorted(two)))


areas = st.builds(Area, parts(HEIGHT), parts(WIDTH))


@given(areas)
def test_an_area_of_a_picture_has_its_size(area: Area) -> None:
    assert area.of(PICTURE).shape == (1, *area.size)
    assert torch.equal(WHOLE.of(PICTURE), PICTURE)


@given(areas, st.integers(0, 9))
def test_an_area_is_found_again_in_what_was_seen_around_it(area: Area, around: int) -> None:
    seen = area.grown(around, WHOLE)
    inside = area.counted_from(seen)
    assert torch.equal(inside.of(seen.of(PICTURE)), area.of(PICTURE))
    assert inside.placed_in(seen) == area


@given(areas, st.integers(0, 9))
def test_what_is_around_ends_where_the_picture_does(area: Area, around: int) -> None:
    seen = area.grown(around, WHOLE)
    assert seen.rows == slice(
        max(0, area.rows.start - around), min(HEIGHT, area.rows.stop + around)
    )
    assert seen.columns == slice(
        max(0, area.columns.start - around), min(WIDTH, area.columns.stop + around)
    )


@given(areas, st.sampled_from([1, 4, 7, 16]))
def test_an_aligned_area_holds_it_and_whole_steps(area: Area, step: int) -> None:
    found = area.aligned(step, WHOLE)
    for part, given_, length in (
        (found.rows, area.rows, HEIGHT),
        (found.columns, area.columns, WIDTH),
    ):
        assert part.start % step == 0
        assert part.stop % step == 0 or part.stop == length
        assert part.start <= given_.start < part.start + step
        assert given_.stop <= part.stop < given_.stop + step


@given(areas)
def test_a_smaller_pictures_area_is_that_many_times_smaller(area: Area) -> None:
    large = area.aligned(4, WHOLE)
    smaller = PICTURE[:, ::4, ::4]
    assert torch.equal(large.shrunk(4).of(smaller), large.of(PICTURE)[:, ::4, ::4])
