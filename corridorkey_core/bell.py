"""What wakes the one thread that waits."""

from __future__ import annotations

from queue import SimpleQueue


class Bell:
    """Rung by any thread or signal handler, waited on by one; a ring before the wait is kept.

    Change what the waiting thread looks at, then ring. `SimpleQueue` because its `put` may
    interrupt itself, which a lock, and with it `threading.Event`, does not survive.
    """

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake the waiting thread; many rings before it wakes are one."""
        if self._rings.empty():
            self._rings.put(None)

    def wait(self) -> None:
        """Return once the bell was rung; there may be nothing new, so look again in a loop.

        A signal handler that rings while the main thread is about to wait may be run only when
        another ring ends the wait: Python has no way to close that gap.
        """
        self._rings.get()
