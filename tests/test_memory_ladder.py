"""Out of memory: every rung is tried in turn, said once reached, and the last error is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from corridorkey_core.memory_ladder import climb


def failing() -> str:
    raise torch.OutOfMemoryError("full")


def test_the_first_rung_that_fits_wins_and_later_ones_are_never_reached() -> None:
    reached: list[str] = []

    def rungs() -> Iterator[tuple[str, Callable[[], str]]]:
        for name, attempt in (("", failing), ("tile", lambda: "tiled"), ("cpu", failing)):
            reached.append(name)
            yield name, attempt

    said: list[str] = []
    assert climb(rungs(), said.append) == "tiled"
    assert reached == ["", "tile"]
    assert said == ["tile"]


def test_the_error_is_raised_where_nothing_fits() -> None:
    with pytest.raises(torch.OutOfMemoryError, match="full"):
        climb([("", failing), ("tile", failing)], lambda _words: None)


def test_other_errors_are_not_climbed_over() -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        climb([("", broken), ("tile", lambda: "tiled")], lambda _words: None)


def test_a_failed_attempt_leaves_nothing_alive() -> None:
    import weakref

    class Held:
        pass

    refs: list[weakref.ref[Held]] = []

    def holds() -> str:
        held = Held()
        refs.append(weakref.ref(held))
        raise torch.OutOfMemoryError("full")

    assert climb([("", holds), ("", lambda: "alive" if refs[0]() else "freed")], print) == "freed"
