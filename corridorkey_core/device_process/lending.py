"""Blocks used again and again: lent by the process that made them, borrowed by others."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from corridorkey_core.device_process.block import Block, new_block
from corridorkey_core.frames import Pixels

Hook = Callable[[int, Block], None]


def do_nothing(_number: int, _block: Block) -> None:
    """Leave a block as it is."""


@dataclass(frozen=True)
class Loan:
    """A block by its number, and its `memory` [N] uint8: lent until no array of it is left."""

    block: int
    memory: Pixels


class Lender:
    """Makes blocks, and lends each to one borrower at a time; any thread may ask.

    There are no more of them than were ever lent at the same time. `made` is called before a block
    is lent for the first time, `dropped` when it will not be lent again. Close when done.
    """

    def __init__(self, made: Hook = do_nothing, dropped: Hook = do_nothing) -> None:
        self._made, self._dropped = made, dropped
        self._blocks: dict[int, Block] = {}
        self._count = 0
        self._free: set[int] = set()
        # No lock: whoever lets go of the last array may be in the midst of lending.
        self._returned: deque[int] = deque()
        self._lending = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes of all blocks."""
        return sum(block.nbytes for block in tuple(self._blocks.values()))

    def lend(self, nbytes: int) -> Loan:
        """A block of at least so many bytes; raises `MemoryError`."""
        with self._lending:
            while self._returned:
                self._free.update({self._returned.popleft()}.intersection(self._blocks))
            fitting = [one for one in self._free if self._blocks[one].nbytes >= nbytes]
            number = min(fitting, key=lambda one: self._blocks[one].nbytes, default=-1)
            if number < 0:
                self._drop(self._free)
                number = self._make(nbytes)
            self._free.discard(number)
            memory = self._blocks[number].bytes
        weakref.finalize(memory, self._returned.append, number).atexit = False
        return Loan(number, memory)

    def block(self, number: int) -> Block:
        """A block that is lent."""
        return self._blocks[number]

    def drop(self, number: int) -> None:
        """Do not lend a block again; its borrower may go on with it."""
        with self._lending:
            self._drop([number])

    def close(self) -> None:
        """Drop every block; what is lent stays with its borrower."""
        with self._lending:
            self._drop(set(self._blocks))

    def _make(self, nbytes: int) -> int:
        block = new_block(nbytes)
        self._count += 1
        self._blocks[self._count] = block
        self._made(self._count, block)
        return self._count

    def _drop(self, numbers: Iterable[int]) -> None:
        for number in tuple(numbers):
            self._free.discard(number)
            block = self._blocks.pop(number)
            self._dropped(number, block)
            block.close()


class Borrowed:
    """Blocks of another process by their numbers. Close when done."""

    def __init__(self, mapped: Hook = do_nothing, dropped: Hook = do_nothing) -> None:
        self._mapped, self._dropped = mapped, dropped
        self._blocks: dict[int, Block] = {}

    def add(self, number: int, descriptor: int) -> None:
        """Take hold of a block by its descriptor, which is this one's now; raises `MemoryError`."""
        try:
            block = Block(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise MemoryError(str(error)) from error
        self._blocks[number] = block
        self._mapped(number, block)

    def memory(self, number: int) -> Pixels:
        """A block's memory [N] uint8; raises `MemoryError` where it could not be had."""
        block = self._blocks.get(number)
        if block is None:
            raise MemoryError("Memory that another process shares cannot be had.")
        return block.bytes

    def forget(self, numbers: Iterable[int]) -> None:
        """Let go of blocks that will not be lent again."""
        for number in numbers:
            block = self._blocks.pop(number, None)
            if block is not None:
                self._dropped(number, block)
                block.close()

    def close(self) -> None:
        """Let go of every block."""
        self.forget(tuple(self._blocks))
