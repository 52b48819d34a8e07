"""Blocks that change what the whole process has one of, and may overlap. Standard library only."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

Block = Callable[[], AbstractContextManager[None]]


def one_for_all(block: Block) -> Block:
    """`block` for any threads: the first to enter begins it, the last to leave ends it."""
    changing, opened, within = threading.Lock(), ExitStack(), 0

    @functools.wraps(block)
    @contextmanager
    def shared() -> Iterator[None]:
        nonlocal within
        with changing:
            if not within:
                opened.enter_context(block())
            within += 1
        try:
            yield
        finally:
            with changing:
                within -= 1
                if not within:
                    opened.close()

    return shared
