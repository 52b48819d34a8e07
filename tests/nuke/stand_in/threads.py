"""The law of threads: the graph belongs to the main thread, which others may only ask."""

from __future__ import annotations

import functools
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from tests.nuke.stand_in.session import current

Called = TypeVar("Called", bound=Callable[..., Any])
Kind = TypeVar("Kind", bound=type)


def on_main_thread(called: Called) -> Called:
    """Refuse calls from any other thread."""

    @functools.wraps(called)
    def checked(*args: Any, **kwargs: Any) -> Any:
        current().require_main(f"nuke.{called.__qualname__}")
        return called(*args, **kwargs)

    return checked  # type: ignore[return-value]


def belongs_to_main_thread(kind: Kind) -> Kind:
    """Refuse calls of a class's public methods from any other thread."""
    for name, value in list(vars(kind).items()):
        is_public = not name.startswith("_") or name in ("__getitem__", "__init__", "__enter__")
        if is_public and callable(value) and not isinstance(value, type):
            setattr(kind, name, on_main_thread(value))
    return kind


def executeInMainThread(call, args=(), kwargs={}) -> None:  # type: ignore[no-untyped-def]
    """Have `call` run on the main thread soon; returns at once, from any thread.

    Without an interface there is no event loop: what is put here never runs.
    """
    arguments = args if isinstance(args, tuple) else (args,)
    current().pending.put(lambda: call(*arguments, **kwargs))


def executeInMainThreadWithResult(call, args=(), kwargs={}):  # type: ignore[no-untyped-def]
    """What `call` returned on the main thread, or None where it raised: the traceback is printed.

    Waits for the main thread, which therefore must not call it, and without an interface never
    answers; here both are refused.
    """
    session = current()
    if threading.current_thread() is session.main:
        raise session.refuse(
            RuntimeError, "executeInMainThreadWithResult was called on the main thread: a deadlock"
        )
    if not session.gui:
        raise session.refuse(
            RuntimeError, "executeInMainThreadWithResult waits for ever: -t has no event loop"
        )
    answered = threading.Event()
    results: list[Any] = []
    arguments = args if isinstance(args, tuple) else (args,)

    def work() -> None:
        try:
            results.append(call(*arguments, **kwargs))
        except Exception:  # as Nuke does: printed, and None is the result
            traceback.print_exc(file=sys.stdout)
        finally:
            answered.set()

    session.pending.put(work)
    answered.wait()
    return results[0] if results else None
