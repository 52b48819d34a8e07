"""What a farm would cost, for any figures: loading stays a small share, and time adds up."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corridorkey_core.errors import SettingsError
from corridorkey_core.farm.calibrate import Timed, figures_of
from corridorkey_core.farm.estimate import (
    MOST_STARTING,
    chunk_lengths,
    estimate,
    frames_per_chunk,
)
from corridorkey_core.farm.figures import Figures
from corridorkey_core.farm.order import Needs, Shot
from corridorkey_core.job import Job

COUNTS = st.integers(1, 5000)
FIGURES = st.builds(
    Figures,
    st.floats(0, 600),
    st.floats(0.001, 600),
    st.floats(0, 1e9),
    st.just("given"),
)


@given(COUNTS, FIGURES)
@example(285, Figures(1.0, 1.0, 0.0, "given"))
def test_starting_is_a_small_share_wherever_a_shot_has_the_frames_for_it(
    frames: int, figures: Figures
) -> None:
    size = frames_per_chunk(frames, figures)
    its = estimate([(frames, size)], figures)
    alone = figures.start_seconds / figures.chunk_seconds(frames)
    assert its.starting_share < MOST_STARTING or (len(its.chunks) == 1 and alone >= MOST_STARTING)


@given(COUNTS, FIGURES)
def test_chunks_are_no_longer_than_that_takes(frames: int, figures: Figures) -> None:
    size = frames_per_chunk(frames, figures)
    shorter = estimate([(frames, max(1, math.ceil(size / 2) - 1))], figures)
    if size > 2:
        assert shorter.starting_share >= MOST_STARTING / 1.001


@given(COUNTS, st.integers(1, 5000))
def test_every_frame_is_in_one_chunk(frames: int, size: int) -> None:
    lengths = chunk_lengths(frames, size)
    assert sum(lengths) == frames
    assert all(1 <= length <= size for length in lengths)
    shot = Shot("a", Job("a", "b"), tuple(range(frames)), size)
    chunks = list(shot.chunks)
    assert [len(chunk) for chunk in chunks] == list(lengths)
    assert [number for chunk in chunks for number in chunk] == list(range(frames))


@given(COUNTS, st.integers(1, 200), FIGURES, st.integers(1, 300))
def test_more_workers_are_never_slower_and_never_faster_than_can_be(
    frames: int, size: int, figures: Figures, workers: int
) -> None:
    its = estimate([(frames, size)], figures)
    taken = its.seconds_with(workers)
    least = max(its.longest_chunk_seconds, its.worker_seconds / workers)
    assert taken >= least * (1 - 1e-9)
    assert taken <= its.worker_seconds * (1 + 1e-9)
    assert taken <= (its.worker_seconds / workers + its.longest_chunk_seconds) * (1 + 1e-9)
    assert its.seconds_with(1) == pytest.approx(its.worker_seconds)


def test_an_estimate_of_two_shots_in_numbers() -> None:
    its = estimate([(100, 40), (10, 40)], Figures(10, 2, 1000, "given"))
    assert its.chunks == (40, 40, 20, 10)
    assert its.worker_seconds == 4 * 10 + 110 * 2
    assert its.starting_share == pytest.approx(40 / 260)
    assert its.seconds_with(2) == 90 + 50
    assert (its.frames, its.disk_bytes, its.longest_chunk_seconds) == (110, 110_000, 90)


@pytest.mark.parametrize(
    "values", [(-1, 1, 1), (1, 0, 1), (1, 1, -1), (math.nan, 1, 1), (1, 1, math.inf)]
)
def test_figures_that_nothing_can_cost_are_refused(values: tuple[float, float, float]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        Figures(*values, source="given")


@pytest.mark.parametrize(
    "changes", [{"gpus": -1}, {"timeout_seconds": 0}, {"gpus": 0, "gpu_memory": 1}, {"cores": -1}]
)
def test_needs_that_no_worker_can_have_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match="expected"):
        Needs(**changes)


def test_figures_are_read_from_when_frames_were_told_of() -> None:
    times = (("run_started", 3.0), ("frame_finished", 5.0), ("progress", 5.0))
    more = (("frame_finished", 5.5), ("frame_failed", 5.6), ("frame_finished", 6.0))
    events = [Timed(seconds, {"event": kind}) for kind, seconds in times + more]
    figures = figures_of(events, written=3000)
    assert (figures.start_seconds, figures.frame_seconds) == (4.5, 0.5)
    assert figures.frame_bytes == 1000
    assert figures.source == "measured here over 3 frames"


def test_too_few_frames_to_measure_by_are_told_with_the_reasons() -> None:
    events = [
        Timed(1.0, {"event": "frame_finished"}),
        Timed(2.0, {"event": "frame_failed", "reason": "The file is gone."}),
    ]
    with pytest.raises(
        SettingsError, match=r"1 frames could be keyed.*The file is gone\..*--frame"
    ):
        figures_of(events, 0)
