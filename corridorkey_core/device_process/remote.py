"""A device that a process of its own has, as the run's process sees it."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from corridorkey_core.device_process.arrivals import Arrivals
from corridorkey_core.device_process.channel import ChannelClosed
from corridorkey_core.device_process.lending import Borrowed
from corridorkey_core.device_process.messages import (
    Close,
    Failed,
    Keyed,
    KeyFrame,
    Open,
    Opened,
    Said,
)
from corridorkey_core.device_process.parcel import pack, unpack
from corridorkey_core.device_process.placing import Placed
from corridorkey_core.device_process.started import Started
from corridorkey_core.errors import DeviceError
from corridorkey_core.frames import Frame, KeyedFrame
from corridorkey_core.progress import OnEvent


class Remote:
    """Keys the frames of one shot in another process; use from one thread, as a context manager.

    Entering makes the device ready, and raises what that raised there. What the device says is told
    on that thread. `failed` says that the process is good for nothing any more.
    """

    def __init__(self, process: Started, arrivals: Arrivals, order: Open, tell: OnEvent) -> None:
        self._process = process
        self._arrivals = arrivals
        self._order = order
        self._tell = tell
        self._results = Borrowed()
        # No lock: any thread may let go of the last array of a block.
        self._returned: deque[int] = deque()
        self._lost: tuple[int, ...] = ()
        self.identity = ""
        self.failed = False

    def __enter__(self) -> Remote:
        opened, _files = self._ask(self._order, "it was made ready")
        assert isinstance(opened, Opened)
        self.identity = opened.identity
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.failed:
            with suppress(DeviceError):  # all that was wanted of it is there
                self._ask(Close(), "it was freed")
        self._arrivals.let_go()
        self._results.close()

    def __call__(self, frame: Frame) -> KeyedFrame:
        """Key a frame that was placed; raises what keying it raised, and `DeviceError`."""
        if not isinstance(frame, Placed):
            raise TypeError("The frame is in memory of this process; expected one that was placed.")
        serial = self._arrivals.expect(frame)
        keyed = self._result(*self._asked_for(serial, frame))
        plate = frame.plate
        wait = partial(
            self._arrivals.wait_for, serial, self._order.device, plate.number, plate.path
        )
        header = replace(keyed.header, attributes=plate.header.attributes)
        return replace(keyed, header=header, wait=wait)

    def _asked_for(self, serial: int, frame: Placed) -> tuple[Keyed, list[int]]:
        parcel = pack(_without_attributes(frame), frame.loan)
        lost, self._lost = self._lost, ()
        order = KeyFrame(serial, parcel, self._taken_returned(), lost)
        try:
            keyed, files = self._ask(order, f"it keyed frame {frame.number}")
        except BaseException:
            self._arrivals.expect_no_more(serial)
            raise
        assert isinstance(keyed, Keyed)
        return keyed, files

    def _result(self, keyed: Keyed, files: Sequence[int]) -> KeyedFrame:
        """The keyed frame, in a block that is returned as soon as no array of it is left."""
        self._results.forget(keyed.dropped)
        number = keyed.frame.block
        try:
            for file in files:
                self._results.add(number, file)
        except MemoryError:
            self._lost = (*self._lost, number)
            raise
        memory = self._results.memory(number)
        weakref.finalize(memory, self._returned.append, number).atexit = False
        result: KeyedFrame = unpack(keyed.frame, memory)
        return result

    def _taken_returned(self) -> tuple[int, ...]:
        return tuple(self._returned.popleft() for _ in range(len(self._returned)))

    def _ask(self, order: object, doing: str) -> tuple[Any, list[int]]:
        try:
            self._process.channel.send(order)
            while True:
                answer, files = self._process.channel.receive()
                if isinstance(answer, Failed):
                    raise answer.error()
                if not isinstance(answer, Said):
                    return answer, files
                self._tell(answer.event)
        except ChannelClosed as error:
            self.failed = True
            how = self._process.how_it_ended()
            raise DeviceError(
                f"{self._order.device} was lost while {doing}: its process is gone, {how}."
            ) from error
        except DeviceError:
            self.failed = True
            raise


def _without_attributes(frame: Frame) -> Frame:
    """The frame as it is sent: what a header says besides its windows may be of any size."""
    plate = replace(frame.plate, header=replace(frame.plate.header, attributes=()))
    return Frame(plate, frame.hint, frame.inputs)
