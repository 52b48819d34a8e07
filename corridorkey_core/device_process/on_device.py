"""A shot on the device of this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from queue import SimpleQueue

import torch
from torch import Tensor

from corridorkey_core.device_process.block import Block
from corridorkey_core.device_process.channel import Channel
from corridorkey_core.device_process.lending import Borrowed, Lender, Loan
from corridorkey_core.device_process.messages import (
    Arrived,
    Failed,
    Forget,
    Keyed,
    KeyFrame,
    Open,
    Share,
)
from corridorkey_core.device_process.page_lock import page_locking
from corridorkey_core.device_process.parcel import pack, room_for, unpack
from corridorkey_core.frames import already_there
from corridorkey_core.key_frame import FrameKeyer
from corridorkey_core.keyers.keyer import Keyer
from corridorkey_core.progress import Notice, OnEvent
from corridorkey_core.stored import sent_to
from corridorkey_core.workshop import Load

Arriving = tuple[int, Callable[[], None]]


class ShotOnDevice:
    """One device, ready for one shot: keys from shared memory into shared memory.

    Use from one thread, as a context manager; `take_memory` belongs to another one. Raises what
    loading a keyer raises.
    """

    def __init__(self, order: Open, load: Load, tell: OnEvent, arrivals: Channel) -> None:
        self._device = torch.device(order.device)
        self._arrivals = arrivals
        self._arriving: SimpleQueue[Arriving | None] = SimpleQueue()
        self._out: dict[int, Loan] = {}
        self._told: set[int] = set()
        self._dropped: list[int] = []
        self._loan: Loan | None = None
        lock, unlock = page_locking(self._device)
        self._unlock = unlock
        with ExitStack() as opened:
            self._frames = Borrowed(lock, unlock)
            opened.callback(self._frames.close)
            # On a thread of its own, whose errors no kernel of ours is taken for.
            locker = opened.enter_context(ThreadPoolExecutor(1, "corridorkey-memory"))
            self._results = Lender(lambda *new: locker.submit(lock, *new).result(), self._drop)
            opened.callback(self._results.close)
            self._keyer = opened.enter_context(self._opened_keyer(order, load, tell))
            teller = threading.Thread(target=self._tell_arrivals, name="corridorkey-arrivals")
            teller.start()
            opened.callback(teller.join)
            opened.callback(self._arriving.put, None)
            self._opened = opened.pop_all()

    def __enter__(self) -> ShotOnDevice:
        return self

    def __exit__(self, *_error: object) -> None:
        self._out.clear()
        self._opened.close()

    @property
    def identity(self) -> str:
        """The keyer's."""
        return self._keyer.keyer.identity

    def take_memory(self, message: object, files: Sequence[int]) -> bool:
        """Map or let go of a block of frames; says whether that was what was asked."""
        if isinstance(message, Share):
            with suppress(MemoryError):  # then a frame that comes in it fails
                self._frames.add(message.block, files[0])
        elif isinstance(message, Forget):
            self._frames.forget([message.block])
        return isinstance(message, Share | Forget)

    def key(self, order: KeyFrame) -> tuple[Keyed, list[int]]:
        """Key one frame: the answer and the files that go with it; see `FrameKeyer`."""
        for number in (*order.returned, *order.lost):
            self._out.pop(number, None)
        for number in order.lost:
            self._results.drop(number)
        frame = unpack(order.frame, self._frames.memory(order.frame.block))
        try:
            keyed = self._keyer(frame)
        except Exception:
            self._come_to_rest()
            raise
        loan, self._loan = self._loan, None
        assert loan is not None
        parcel = pack(replace(keyed, wait=already_there), loan)
        self._out[loan.block] = loan
        self._arriving.put((order.serial, keyed.wait))
        return Keyed(parcel, self._taken_dropped()), self._file_of(loan.block)

    def _opened_keyer(self, order: Open, load: Load, tell: OnEvent) -> FrameKeyer:
        def loaded(device: torch.device) -> Keyer:
            return load(order.look.settings, device, lambda words: tell(Notice(words)))

        return FrameKeyer(
            loaded,
            self._device,
            order.look.look(),
            tell,
            longest_edge=order.longest_edge,
            send=self._send,
        )

    def _send(self, parts: Sequence[Tensor]) -> tuple[Sequence[Tensor], Callable[[], None]]:
        """Into a block that no frame is in; one of an attempt before this was not needed."""
        sizes = [part.numel() * part.element_size() for part in parts]
        places, size = room_for(sizes)
        self._loan = None
        self._loan = self._results.lend(size)
        memory = torch.from_numpy(self._loan.memory)
        rooms = [
            memory[place : place + size].view(part.dtype).view(part.shape)
            for place, size, part in zip(places, sizes, parts, strict=True)
        ]
        return rooms, sent_to(rooms, parts)

    def _come_to_rest(self) -> None:
        """Wait for what was asked of the device: the frame's memory will be used for another."""
        if self._device.type == "cuda":
            with suppress(RuntimeError):
                torch.cuda.synchronize(self._device)

    def _drop(self, number: int, block: Block) -> None:
        self._unlock(number, block)
        self._told.discard(number)
        self._dropped.append(number)

    def _taken_dropped(self) -> tuple[int, ...]:
        dropped, self._dropped = tuple(self._dropped), []
        return dropped

    def _file_of(self, number: int) -> list[int]:
        if number in self._told:
            return []
        self._told.add(number)
        return [self._results.block(number).descriptor]

    def _tell_arrivals(self) -> None:
        while arriving := self._arriving.get():
            serial, failed = arriving[0], _failure_of(arriving[1])
            # It has the frame, whose memory is wanted for the next one.
            del arriving
            self._arrivals.send(Arrived(serial, failed))


def _failure_of(wait: Callable[[], None]) -> Failed | None:
    try:
        wait()
    except Exception as error:  # raised again by whoever waits for the frame
        return Failed.by(error)
    return None
