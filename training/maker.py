"""Examples made beside the steps, by a thread, on a stream of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import fields

import torch

from training.examples import Examples

_AHEAD = 2  # batches made before they are asked for

Make = Callable[[int], Examples]


class Maker:
    """Batches of seed after seed, in order; use from one thread, through `making`."""

    def __init__(
        self, workers: ThreadPoolExecutor, make: Make, seed: int, device: torch.device
    ) -> None:
        self._workers = workers
        self._make_batch, self._seed = make, seed
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
            examples = self._make_batch(seed)
        if self._stream:
            self._stream.synchronize()
        return examples


def _urgent_stream(device: torch.device) -> torch.cuda.Stream:
    """One whose many small kernels do not wait behind the steps' large ones."""
    stream: torch.cuda.Stream = torch.cuda.Stream(device, priority=-1)  # type: ignore[no-untyped-call]
    return stream


@contextmanager
def making(make: Make, seed: int, device: torch.device) -> Iterator[Maker]:
    """What will `make` examples on a device of seeds from `seed` on; its thread ends here."""
    workers = ThreadPoolExecutor(1, thread_name_prefix="maker")
    try:
        yield Maker(workers, make, seed, device)
    finally:
        workers.shutdown(cancel_futures=True)
