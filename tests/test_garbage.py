"""The search for garbage: what a run makes is found, what was there before is left alone."""

from __future__ import annotations

import gc
import weakref

from corridorkey_core.garbage import only_new_is_searched
from tests.fake_shot import Shot


class Ring:
    """Something that only a search finds."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_there_is_left_alone_until_the_end() -> None:
    gc.collect()
    ring = Ring()
    seen = weakref.ref(ring)
    with only_new_is_searched():
        del ring
        gc.collect()
        assert seen() is not None
    gc.collect()
    assert seen() is None


def test_what_is_made_meanwhile_is_found() -> None:
    with only_new_is_searched():
        seen = weakref.ref(Ring())
        gc.collect()
        assert seen() is None


def test_a_run_searches_only_what_it_made() -> None:
    shot, counts = Shot(frames=3), list[int]()
    shot.at("key", 2, lambda: counts.append(gc.get_freeze_count()))
    shot.process()
    assert counts[0] > 1000
    assert gc.get_freeze_count() == 0
