"""Keyers compared on larger plates: shares of the first one's errors, counts as they are."""

from __future__ import annotations

from benchmarks.held_out.shot import Order
from benchmarks.key_scores import KeyScore
from benchmarks.larger import NAMES, compared, orders, scores, worse
from benchmarks.subjects import SUBJECTS


def test_every_subject_is_shot_easy_and_hard_before_both_screens() -> None:
    every = [order for order, _seed in orders()]
    assert len(every) == 2 * len(SUBJECTS)
    assert {each.level for each in every} == {"easy", "hard"}
    kinds = [each.kind for each in every if each.level == "easy"]
    assert kinds.count("green") == kinds.count("blue")


def test_further_seeds_draw_other_plates_before_the_other_screen_too() -> None:
    drawn = orders(4)
    assert len(set(drawn)) == len(drawn) == 4 * len(orders())
    shot = [order for order, _seed in drawn]
    assert {shot.count(each) for each in shot} == {2}


def test_errors_a_tenth_above_the_first_are_named_and_counts_are_not() -> None:
    once, much = KeyScore(*[1.0] * len(NAMES)), KeyScore(*[1.11] * len(NAMES))
    assert worse([once, once]) == []
    assert worse([once, much]) == NAMES[:-2]
    assert worse([much, once, once]) == []


def test_errors_are_shares_of_the_first_and_counts_are_not() -> None:
    told = compared([KeyScore(*[2.0] * len(NAMES)), KeyScore(*[1.0] * len(NAMES))])
    assert told[:2] == ["0.50", "0.50"]
    assert told[-2:] == ["2.0 → 1.0", "2.0 → 1.0"]


def test_keyers_are_measured_on_the_same_plate() -> None:
    order = Order("white fur", "easy", "green")
    first, again, other = scores(order, 3, ["chroma", "chroma", "difference"], (96, 128))
    assert first == again
    assert first != other
    assert first.sad > 0.0
