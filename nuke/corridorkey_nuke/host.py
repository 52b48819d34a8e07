"""Nuke, as the plugin layer wants a host: what it is told goes to the node and its gauge."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable

import nuke
from corridorkey_plugin.host import Outcome, Result

from corridorkey_core.progress import Progress
from corridorkey_nuke.orders import Order

SECONDS_TO_STAND_BACK = 0.2
UNSAID = ("The hint is A of its file",)
"""What the engine says of a hint that came with the plate's own picture; it was put there."""
Show = Callable[[Order, Result], None]
End = Callable[[Order, Outcome], None]


class NukeHost:
    """Tells orders how they fare. `show` and `end` do what a frame, and the end, mean for a node.

    Everything but `on_main_thread` is called on the main thread.
    """

    name = f"nuke {nuke.NUKE_VERSION_STRING}"

    def __init__(self, show: Show, end: End) -> None:
        self._show = show
        self._end = end
        self._orders: list[Order] = []

    @property
    def orders(self) -> tuple[Order, ...]:
        """All that is on its way."""
        return tuple(self._orders)

    def add(self, order: Order) -> None:
        """Take an order in."""
        self._orders.append(order)

    def remove(self, order: Order) -> None:
        """Forget an order."""
        self._orders = [one for one in self._orders if one is not order]

    def on_main_thread(self, work: Callable[[], None]) -> None:
        """Have it done when Nuke is idle; any thread may ask."""
        nuke.executeInMainThread(self._turn, (work,))

    def _turn(self, work: Callable[[], None]) -> None:
        if nuke.executing():
            # Nuke lets its main thread do such work while it renders, and could not render for us.
            later = threading.Timer(SECONDS_TO_STAND_BACK, self.on_main_thread, (work,))
            later.daemon = True
            later.start()
            return
        self.heed_cancels()
        work()

    def heed_cancels(self) -> None:
        """Cancel what the artist cancelled at its gauge."""
        for order in self._orders:
            if order.keying and order.gauge and order.gauge.cancelled:
                order.keying.cancel()

    def show_progress(self, key: object, progress: Progress) -> None:
        """Move the gauge; its button may have been pressed meanwhile."""
        for order in self._of(key):
            if order.gauge:
                order.gauge.show(progress)

    def show_frame(self, key: object, result: Result) -> None:
        """Have the node show a frame that is on disk."""
        for order in self._of(key):
            self._show(order, result)

    def say(self, key: object, message: str) -> None:
        """Say something once, in the terminal and at the node."""
        for order in self._of(key):
            if message not in order.said and not message.startswith(UNSAID):
                order.said.append(message)
                tell(f"{order.node.name() if order.is_attached else 'Corridor Key'}: {message}")

    def ask(self, key: object, question: str) -> bool:  # noqa: ARG002
        """Ask the artist; in a batch nobody is there."""
        return bool(nuke.GUI and nuke.ask(question))

    def finished(self, key: object, outcome: Outcome) -> None:
        """End the order."""
        for order in self._of(key):
            self.remove(order)
            if order.gauge:
                order.gauge.close()
            self._end(order, outcome)

    def _of(self, key: object) -> Iterable[Order]:
        # `Session.key_now` tells which `Keying` it was only when it is over; it does one at a time.
        found = [one for one in self._orders if one.keying is key]
        return found or [one for one in self._orders if one.keying is None]


def tell(words: str) -> None:
    """Say a line to whoever reads the terminal or Nuke's script editor."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
