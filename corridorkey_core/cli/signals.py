"""What a terminal or a farm sends to end a run early, made into a cancel."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from corridorkey_core.progress import CancelToken

# On Windows a farm's engine sends Ctrl+Break, which no other system has.
CANCELLING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


@contextmanager
def signals_cancel() -> Iterator[CancelToken]:
    """Let an interrupt or a terminate cancel the run; a second one ends the process at once."""
    cancel = CancelToken()
    before = {number: signal.getsignal(number) for number in CANCELLING}

    def on_signal(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        sys.stderr.write("\ncancelling; frames in flight are finished or dropped\n")
        cancel.cancel()

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
