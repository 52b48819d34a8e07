"""What a device's process does: one shot after another, as it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import NoReturn

from corridorkey_core.device_process.channel import Channel
from corridorkey_core.device_process.child import Inbox, no_memory
from corridorkey_core.device_process.messages import Close, Closed, Failed, Open, Opened, Said
from corridorkey_core.device_process.on_device import ShotOnDevice
from corridorkey_core.garbage import only_new_is_searched
from corridorkey_core.progress import Event
from corridorkey_core.warm import WarmKeyer
from corridorkey_core.workshop import Load


def own(inbox: Inbox, channel: Channel, arrivals: Channel) -> NoReturn:
    """Answer what is asked until the process at the other end is gone, and this one with it.

    A keyer stays for the next shot, which may ask for the same.
    """
    kept: dict[Load, WarmKeyer] = {}

    def tell(event: Event) -> None:
        channel.send(Said(event))

    while True:
        order: Open = inbox.next()
        lend = kept.setdefault(order.load, WarmKeyer(order.load)).lend
        with ExitStack() as stack:
            try:
                shot = stack.enter_context(ShotOnDevice(order, lend, tell, arrivals))
            except Exception as error:  # raised again by whoever asked
                channel.send(Failed.by(error))
                continue
            inbox.on_memory = shot.take_memory
            channel.send(Opened(shot.identity))
            with only_new_is_searched():
                key_until_closed(shot, inbox, channel)
            inbox.on_memory = no_memory
        channel.send(Closed())


def key_until_closed(shot: ShotOnDevice, inbox: Inbox, channel: Channel) -> None:
    """Key one frame after another; what fails is told, and the next one keyed."""
    while not isinstance(order := inbox.next(), Close):
        answer: object
        files: Sequence[int] = ()
        try:
            answer, files = shot.key(order)
        except Exception as error:  # raised again by whoever asked
            answer = Failed.by(error)
        channel.send(answer, files)
