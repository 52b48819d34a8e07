"""Whose pixels have arrived in shared memory, of all that a device's process has keyed."""

from __future__ import annotations

import threading
from itertools import count

from corridorkey_core.device_process.channel import Channel, ChannelClosed
from corridorkey_core.device_process.messages import Arrived, Failed
from corridorkey_core.errors import KeyingError
from corridorkey_core.frames import Frame


class Arrivals:
    """Any thread may wait for a frame; whoever comes first listens for all of them."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._listening = threading.Lock()
        self._serials = count(1)
        # A frame's own pixels are needed until its results are there.
        self._expected: dict[int, Frame | None] = {}
        self._lost: dict[int, Failed] = {}

    def expect(self, frame: Frame) -> int:
        """Note a frame that is about to be keyed; the number that its arrival is told by."""
        serial = next(self._serials)
        self._expected[serial] = frame
        return serial

    def expect_no_more(self, serial: int) -> None:
        """Note that keying the frame failed."""
        del self._expected[serial]

    def let_go(self) -> None:
        """Keep the pixels of no frame; those that are expected are waited for by nobody."""
        with self._listening:
            self._expected = dict.fromkeys(self._expected)

    def wait_for(self, serial: int, device: str, frame: int, path: str) -> None:
        """Return when the results of `frame`, keyed on `device`, are there.

        Raises what the device's process met while it waited for them, and `KeyingError` where that
        has ended.
        """
        with self._listening:
            while serial in self._expected:
                self._listen(device, frame, path)
        if serial in self._lost:
            raise self._lost[serial].error()

    def _listen(self, device: str, frame: int, path: str) -> None:
        try:
            arrived: Arrived = self._channel.receive()[0]
        except ChannelClosed as error:
            raise KeyingError(
                f"The process of {device} ended before the frame had left it.",
                frame=frame,
                path=path,
            ) from error
        if arrived.failed:
            self._lost[arrived.serial] = arrived.failed
        del self._expected[arrived.serial]
