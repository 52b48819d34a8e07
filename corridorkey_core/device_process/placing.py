"""Read frames put where every device's process has them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from corridorkey_core.device_process.block import Block
from corridorkey_core.device_process.channel import Channel, ChannelClosed
from corridorkey_core.device_process.lending import Lender, Loan
from corridorkey_core.device_process.messages import Forget, Share
from corridorkey_core.device_process.parcel import room_for
from corridorkey_core.frames import Frame, Pixels
from corridorkey_core.preprocess import native_array


@dataclass(frozen=True, kw_only=True)
class Placed(Frame):
    """A frame whose pixels lie in a block, which is lent for as long as they are in use."""

    loan: Loan


class Placing:
    """Blocks of this process that frames are put in, shared with processes that have a shot open.

    A context manager; close it before they close the shot.
    """

    def __init__(self, keyers: Sequence[Channel]) -> None:
        self._keyers = keyers
        self._lender = Lender(self._share, self._forget)

    def __enter__(self) -> Placing:
        return self

    def __exit__(self, *_error: object) -> None:
        self._lender.close()

    def __call__(self, frame: Frame) -> Placed:
        """The same frame in a block; may be called from any thread. Raises `MemoryError`."""
        plate, hint = frame.plate, frame.hint
        arrays = [native_array(one.pixels) for one in (plate, hint) if one]
        places, size = room_for([array.nbytes for array in arrays])
        loan = self._lender.lend(size)
        moved = [_put(array, loan, place) for array, place in zip(arrays, places, strict=True)]
        return Placed(
            replace(plate, pixels=moved[0]),
            hint and replace(hint, pixels=moved[1]),
            frame.inputs,
            loan=loan,
        )

    def _share(self, number: int, block: Block) -> None:
        for keyer in self._keyers:
            with suppress(ChannelClosed):  # who is gone is told of when a frame is given to it
                keyer.send(Share(number), [block.descriptor])

    def _forget(self, number: int, _block: Block) -> None:
        for keyer in self._keyers:
            with suppress(ChannelClosed):
                keyer.send(Forget(number))


def _put(array: Pixels, loan: Loan, place: int) -> Pixels:
    room: Pixels = loan.memory[place : place + array.nbytes]
    there: Pixels = room.view(array.dtype).reshape(array.shape)
    np.copyto(there, array)
    return there
