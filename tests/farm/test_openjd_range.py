"""Frames in Open Job Description's words and in ours are the same frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridorkey_core.errors import SequenceError
from corridorkey_core.farm.openjd_range import openjd_range, read_openjd_range
from corridorkey_core.sequence import parse_frames


@given(st.sets(st.integers(-200, 200), min_size=1))
def test_what_is_written_is_read_back(frames: set[int]) -> None:
    text = openjd_range(frames)
    assert parse_frames(read_openjd_range(text)) == tuple(sorted(frames))


@given(st.sets(st.integers(-200, 200), min_size=1))
def test_open_job_description_reads_the_same_frames(frames: set[int]) -> None:
    model = pytest.importorskip("openjd.model")
    assert list(model.IntRangeExpr.from_str(openjd_range(frames))) == sorted(frames)


@pytest.mark.parametrize(
    ("theirs", "frames"),
    [
        ("1001", (1001,)),
        ("20-30:2", (20, 22, 24, 26, 28, 30)),
        ("-4--2,1", (-4, -3, -2, 1)),
        ("10-1:-3", (10, 7, 4, 1)),
        (" 1 - 3 , 5 ", (1, 2, 3, 5)),
    ],
)
def test_ranges_as_sessions_hand_them_out(theirs: str, frames: tuple[int, ...]) -> None:
    assert parse_frames(read_openjd_range(theirs)) == frames


@pytest.mark.parametrize(
    "text", ["", "1-", "1x2", "1-10x2", "1-10:0", "a", "1,,2", "1;2", "1-2:3:4"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(SequenceError, match="expected a range of Open Job Description"):
        read_openjd_range(text)
