"""What is the whole process's is begun by the first who wants it and ended by the last."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest

from corridorkey_core.garbage import only_new_is_searched
from corridorkey_core.overlap import one_for_all
from corridorkey_core.python_lock import passed_on_soon


class Told:
    """A block that tells, and lets other threads come between."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.error: Exception | None = None

    @contextmanager
    def block(self) -> Iterator[None]:
        if self.error:
            raise self.error
        time.sleep(0.001)
        self.lines.append("begun")
        yield
        time.sleep(0.001)
        self.lines.append("ended")


def test_the_last_to_leave_ends_it_whoever_came_first() -> None:
    told = Told()
    block = one_for_all(told.block)
    first, second = block(), block()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert told.lines == ["begun"]
    second.__exit__(None, None, None)
    assert told.lines == ["begun", "ended"]
    with block():
        assert told.lines == ["begun", "ended", "begun"]


def test_an_error_within_leaves_and_is_raised() -> None:
    told = Told()
    block = one_for_all(told.block)
    with block():
        with pytest.raises(ZeroDivisionError), block():
            raise ZeroDivisionError
        assert told.lines == ["begun"]
    assert told.lines == ["begun", "ended"]


def test_what_could_not_begin_is_tried_by_the_next() -> None:
    told = Told()
    block = one_for_all(told.block)
    told.error = RuntimeError("not now")
    with pytest.raises(RuntimeError, match="not now"), block():
        raise AssertionError
    told.error = None
    with block():
        assert told.lines == ["begun"]
    assert told.lines == ["begun", "ended"]


def test_threads_that_come_and_go_never_have_it_twice_or_not_at_all() -> None:
    told, begin = Told(), Barrier(8)
    block = one_for_all(told.block)

    def come_and_go() -> None:
        begin.wait()
        for _ in range(10):
            with block():
                assert told.lines[-1] == "begun"

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(come_and_go) for _ in range(8)]:
            done.result()
    assert told.lines == ["begun", "ended"] * (len(told.lines) // 2)


def test_runs_that_overlap_keep_what_was_there_from_the_search_until_the_last_ends() -> None:
    first, second = only_new_is_searched(), only_new_is_searched()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_freeze_count() > 1000
    second.__exit__(None, None, None)
    assert gc.get_freeze_count() == 0


def test_runs_that_overlap_pass_pythons_lock_on_soon_until_the_last_ends() -> None:
    before = sys.getswitchinterval()
    first, second = passed_on_soon(), passed_on_soon()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert sys.getswitchinterval() < before
    second.__exit__(None, None, None)
    assert sys.getswitchinterval() == before
