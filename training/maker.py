"""Examples made beside the steps, by a thread, on a stream of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import fields

import torch
from torch import Tensor

from training.examples import Examples
from training.pieces import make_pieces

_AHEAD = 2  # batches made before they are asked for


class Maker:
    """Batches of seed after seed, in order; use from one thread, through `making`."""

    def __init__(
        self,
        workers: ThreadPoolExecutor,
        seed: int,
        count: int,
        size: int,
        device: torch.device,
        pictures: Tensor | None = None,
    ) -> None:
        self._workers = workers
        self._seed = seed
        self._count, self._size, self._device = count, size, device
        self._pictures = pictures
        cuda = device.type == "cuda"
        self._stream = _urgent_stream(device) if cuda else None
        self._coming: deque[Future[Examples]] = deque()
        for _ in range(_AHEAD):
            self._order()

    @property
    def ready(self) -> bool:
        """Whether the next batch is there."""
        return self._coming[0].done()

    def take(self) -> Examples:
        """The next batch, waited for; raises what making it raised."""
        examples = self._coming.popleft().result()
        self._order()
        if self._stream:
            for part in fields(examples):
                getattr(examples, part.name).record_stream(torch.cuda.current_stream())
        return examples

    def _order(self) -> None:
        self._coming.append(self._workers.submit(self._make, self._seed))
        self._seed += 1

    def _make(self, seed: int) -> Examples:
        with torch.cuda.stream(self._stream) if self._stream else nullcontext():
            examples = make_pieces(seed, self._count, self._size, self._device, self._pictures)
        if self._stream:
            self._stream.synchronize()
        return examples


def _urgent_stream(device: torch.device) -> torch.cuda.Stream:
    """One whose many small kernels do not wait behind the steps' large ones."""
    stream: torch.cuda.Stream = torch.cuda.Stream(device, priority=-1)  # type: ignore[no-untyped-call]
    return stream


@contextmanager
def making(
    seed: int, count: int, size: int, device: torch.device, pictures: Tensor | None = None
) -> Iterator[Maker]:
    """A maker whose seeds begin at `seed`; its thread is gone afterwards."""
    workers = ThreadPoolExecutor(1, thread_name_prefix="maker")
    try:
        yield Maker(workers, seed, count, size, device, pictures)
    finally:
        workers.shutdown(cancel_futures=True)
