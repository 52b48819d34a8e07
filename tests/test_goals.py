"""A goal's line says what was found, what was wanted, and whether that will do."""

from __future__ import annotations

import math

import pytest
import torch

from benchmarks.goals import Rates, at_least, at_most, of_files
from benchmarks.network import decibels

ALONE = {"read alone": 17.1, "key alone": 17.6, "write alone": 75.8}


@pytest.mark.parametrize(
    ("found", "verdict"),
    [(34.0, "kept"), (35.0, "kept"), (35.9, "missed by 0.900 ms"), (math.nan, "missed by nan ms")],
)
def test_a_limit_from_above_is_kept_up_to_it(found: float, verdict: str) -> None:
    line = at_most(1, "network forward", found, 35.0, "ms")
    assert line.startswith("goal 1: network forward: ")
    assert line.endswith(f" ms, wanted at most 35: {verdict}")


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (math.inf, "kept"),
        (75.0, "kept"),
        (61.8, "missed by 13.2 dB"),
        (math.nan, "missed by nan dB"),
    ],
)
def test_a_limit_from_below_is_kept_from_it_on(found: float, verdict: str) -> None:
    line = at_least(1, "fidelity", found, 75.0, "dB")
    assert line.endswith(f" dB, wanted at least 75: {verdict}")


def test_mebibytes_are_whole() -> None:
    assert ": 12345 MiB, " in at_most(1, "its peak memory", 12345.4, 3072.0, "MiB")


def test_what_is_nearly_kept_does_not_look_as_if_it_were() -> None:
    line = at_least(3, "beside", 0.949, 0.95, "of it")
    assert "0.949 of it" in line
    assert line.endswith("missed by 0.001 of it")


def test_files_to_files_are_held_to_the_slowest_stage_a_rate_and_the_serial_loop() -> None:
    assert list(of_files("chroma", Rates(ALONE, 13.4, 3.0))) == [
        "goal 3: chroma, files to files beside read alone: 0.784 of it, wanted at least 0.95: "
        "missed by 0.166 of it",
        "goal 3: chroma, files to files: 13.4 frames/s, wanted at least 5: kept",
        "goal 3: chroma, beside the serial loop: 4.467 times it, wanted at least 5: "
        "missed by 0.533 times it",
    ]


def test_a_serial_loop_that_was_not_measured_has_no_verdict() -> None:
    assert not any("serial" in line for line in of_files("chroma", Rates(ALONE, 13.4)))


def test_fidelity_is_a_number_and_infinite_where_nothing_differs() -> None:
    picture = torch.full((4, 4), 0.5)
    assert decibels(picture, picture) == math.inf
    assert decibels(picture + 0.1, picture) == pytest.approx(20.0, abs=1e-4)
