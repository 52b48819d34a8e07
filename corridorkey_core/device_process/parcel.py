"""Objects whose arrays lie in a block: the object is sent, the arrays stay where they are."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corridorkey_core.device_process.lending import Loan
from corridorkey_core.frames import Pixels

ALIGNED = 256  # bytes, as a GPU likes to copy


@dataclass(frozen=True)
class Parcel:
    """A pickled object, and where in a block each of its arrays lies, in bytes."""

    content: bytes
    block: int
    places: tuple[tuple[int, int], ...]


def pack(thing: object, loan: Loan) -> Parcel:
    """The object as a parcel. Arrays of it that lie elsewhere than in the loan are copied."""
    begin = loan.memory.ctypes.data
    places: list[tuple[int, int]] = []

    def is_copied(buffer: pickle.PickleBuffer) -> bool:
        with buffer.raw() as raw:
            address, size = np.frombuffer(raw, np.uint8).ctypes.data, raw.nbytes
        if not begin <= address <= address + size <= begin + loan.memory.nbytes:
            return True
        places.append((address - begin, size))
        return False

    content = pickle.dumps(thing, protocol=5, buffer_callback=is_copied)
    return Parcel(content, loan.block, tuple(places))


def unpack(parcel: Parcel, memory: Pixels) -> Any:
    """The object; its arrays are views of the block's `memory` [N] uint8."""
    buffers = [memory[begin : begin + size] for begin, size in parcel.places]
    return pickle.loads(parcel.content, buffers=buffers)


def room_for(sizes: Sequence[int]) -> tuple[list[int], int]:
    """Where things of so many bytes lie one behind the other, and how many bytes they all take."""
    places, end = [], 0
    for size in sizes:
        places.append(end)
        end += -(-size // ALIGNED) * ALIGNED
    return places, max(end, ALIGNED)
