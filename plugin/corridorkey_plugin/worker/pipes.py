"""The two ends of the conversation, kept from everything else in the process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

from corridorkey_plugin.protocol import Reply, encode


class Replies:
    """Says one message at a time, whole; any thread may."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def say(self, message: Reply) -> None:
        """Write a message; raises `OSError` where nobody listens any more."""
        line = encode(message)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


def take_pipes() -> tuple[BinaryIO, Replies]:
    """Standard input and output, for requests and replies alone.

    What Python or a library in C prints goes to standard error, which is the log, and what they
    read is empty. Other processes that are started inherit neither pipe.
    """
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, Replies(replies)


def lines(stream: BinaryIO, longest: int) -> Iterator[bytes]:
    """Every whole line, without its end; one longer than `longest` is cut just beyond that.

    A rest without an end is no line: whoever wrote it died.
    """
    while piece := stream.readline(longest + 2):
        whole = piece.endswith(b"\n")
        rest = piece
        while not rest.endswith(b"\n"):
            rest = stream.readline(longest)
            if not rest:
                return
        yield piece[:-1] if whole else piece[: longest + 1]
