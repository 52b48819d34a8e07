"""Python's search for garbage, kept away from what is there already. Standard library only."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from corridorkey_core.overlap import one_for_all


@one_for_all
@contextmanager
def only_new_is_searched() -> Iterator[None]:
    """Within the block, have Python look for garbage only among what was made in it.

    Looking through all that torch brings along takes a tenth of a second, now and then, in which
    no other thread has Python's lock.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@contextmanager
def nothing_searched() -> Iterator[None]:
    """Within the block, have Python look for no garbage: importing makes much, and drops little."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
