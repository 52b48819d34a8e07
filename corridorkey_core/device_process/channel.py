"""Objects from one process to another, and open files with them. Standard library only."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

HEAD = struct.Struct("<QQ")  # bytes that follow, files that came along
MOST_FILES = 4


class ChannelClosed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a connection to a process that is trusted as this one is.

    Any thread may send, one at a time receives. Both raise `ChannelClosed` where the other process
    has ended.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()

    def send(self, message: object, files: Sequence[int] = ()) -> None:
        """Send an object that can be pickled; the other process gets `files` as its own."""
        content = pickle.dumps(message, protocol=5)
        head = HEAD.pack(len(content), len(files))
        try:
            with self._sending:
                if files:
                    sent = socket.send_fds(self._end, [head], files)
                    head = head[sent:]
                self._end.sendall(head + content)
        except OSError as error:
            raise ChannelClosed from error

    def receive(self) -> tuple[Any, list[int]]:
        """The next object and the files that came with it, which are the caller's to close.

        Raises `MemoryError` where this process may open no more files.
        """
        head, files = self._head()
        size, count = HEAD.unpack(head)
        message = pickle.loads(self._read(size))
        if len(files) < count:
            raise MemoryError("Too many files are open.")
        return message, files

    def close(self) -> None:
        """Let go of this end, for threads that wait at it too."""
        with suppress(OSError):  # the other end went first
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _head(self) -> tuple[bytes, list[int]]:
        try:
            head, files, _flags, _sender = socket.recv_fds(self._end, HEAD.size, MOST_FILES)
        except OSError as error:
            raise ChannelClosed from error
        for file in files:
            os.set_inheritable(file, False)
        if not head:
            raise ChannelClosed
        return head + self._read(HEAD.size - len(head)), files

    def _read(self, size: int) -> bytes:
        content = bytearray(size)
        left = memoryview(content)
        while left:
            try:
                count = self._end.recv_into(left)
            except OSError as error:
                raise ChannelClosed from error
            if not count:
                raise ChannelClosed
            left = left[count:]
        return bytes(content)
