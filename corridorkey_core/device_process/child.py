"""A device's process: what it does first, and its end."""

from __future__ import annotations

import os
import socket
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NoReturn

from corridorkey_core.before_torch import prepare_process
from corridorkey_core.device_process.channel import Channel, ChannelClosed
from corridorkey_core.early_context import context_meanwhile
from corridorkey_core.garbage import nothing_searched

ORDERLY, BROKEN = 0, 1
TakeMemory = Callable[[Any, list[int]], bool]
"""Does what a message asks that is about memory, with its files; says whether it was one."""


class Inbox:
    """What is asked, in turn, but for what `on_memory` takes at once, on a thread of its own.

    The process ends with the run's, whatever it is doing.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._asked: SimpleQueue[Any] = SimpleQueue()
        self.on_memory: TakeMemory = no_memory
        threading.Thread(target=self._listen, name="corridorkey-asked", daemon=True).start()

    def next(self) -> Any:
        """What is asked next, when it is."""
        return self._asked.get()

    def _listen(self) -> None:
        try:
            while True:
                message, files = self._channel.receive()
                if not self.on_memory(message, files):
                    self._asked.put(message)
        except ChannelClosed:
            os._exit(ORDERLY)
        except BaseException:
            # Nobody would answer any more: the run is to know.
            traceback.print_exc()
            os._exit(BROKEN)


def no_memory(_message: object, _files: list[int]) -> bool:
    """Take nothing at once."""
    return False


def main(asked: str, arrivals: str, device: str) -> NoReturn:
    """Own one device after another, as the process at the other end asks.

    The first two are the file descriptors to be asked and to tell arrivals by; `device` is the
    first of those devices, where it is known.
    """
    prepare_process()
    channel = Channel(socket.socket(fileno=int(asked)))
    inbox = Inbox(channel)
    # Heavy: the end of the run's process is noticed while this goes on.
    with context_meanwhile(device), nothing_searched():
        from corridorkey_core.device_process.owner import own

    own(inbox, channel, Channel(socket.socket(fileno=int(arrivals))))
