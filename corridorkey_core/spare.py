"""The CPU, for frames that a device has no memory for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from corridorkey_core.keyers.keyer import Keyer

LoadKeyer = Callable[[torch.device], Keyer]
CPU = torch.device("cpu")


class Spare:
    """A keyer on the CPU, loaded when it is first needed; any thread may borrow it, one at a time.

    A context manager; leaving it frees the keyer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keyer: Keyer | None = None

    def __enter__(self) -> Spare:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._keyer is not None:
            self._keyer.close()

    @contextmanager
    def lent(self, load: LoadKeyer) -> Iterator[Keyer]:
        """The keyer, which `load` loads where it is not yet, for as long as the block runs."""
        with self._lock:
            if self._keyer is None:
                self._keyer = load(CPU)
            yield self._keyer
