"""Memory that two processes have, without a name in any file system."""

from __future__ import annotations

import mmap
import os

import numpy as np

from corridorkey_core.frames import Pixels


class Block:
    """Memory behind a file descriptor, of which it takes hold; `bytes` are [N] uint8.

    The memory stays for as long as an array of it does, here or in another process.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.nbytes = os.fstat(descriptor).st_size
        self._memory = mmap.mmap(descriptor, self.nbytes)

    @property
    def bytes(self) -> Pixels:
        """All of it, an array of its own at each call."""
        return np.frombuffer(self._memory, np.uint8)

    @property
    def address(self) -> int:
        """Where it lies in this process."""
        return int(self.bytes.ctypes.data)

    def close(self) -> None:
        """Let go of the descriptor; arrays of the memory stay what they are."""
        os.close(self.descriptor)


def new_block(nbytes: int) -> Block:
    """A block of so many bytes; raises `MemoryError` where there is not so much memory."""
    try:
        descriptor = os.memfd_create("corridorkey")
    except OSError as error:
        raise MemoryError(str(error)) from error
    try:
        # At once: where memory runs out later, a signal ends the process that touches it.
        os.posix_fallocate(descriptor, 0, nbytes)
        return Block(descriptor)
    except OSError as error:
        os.close(descriptor)
        raise MemoryError(str(error)) from error
