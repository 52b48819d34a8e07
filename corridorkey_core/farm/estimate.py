"""Chunks, time, GPU and disk of a shot on a farm, from what a start and a frame cost."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

from corridorkey_core.farm.figures import Figures

MOST_STARTING = 0.05
"""The share of the work that loading may take, every chunk counted as a start of its own."""
_ROUNDED_UP = 1.0 + 1e-9  # 18.999999999999996 frames a chunk that are 19 are not enough


@dataclass(frozen=True)
class Estimate:
    """What some shots' chunks would take. Times are in seconds, on workers like that of `figures`.

    `chunks` are the numbers of frames of every chunk. What storage, network and the engine's own
    queue add is not in it.
    """

    figures: Figures
    chunks: tuple[int, ...]

    @property
    def frames(self) -> int:
        """Frames in all."""
        return sum(self.chunks)

    @property
    def disk_bytes(self) -> float:
        """What the results take on disk."""
        return self.frames * self.figures.frame_bytes

    @property
    def worker_seconds(self) -> float:
        """Time of all workers together."""
        return sum(map(self.figures.chunk_seconds, self.chunks))

    @property
    def starting_share(self) -> float:
        """The share of that time that starting takes, 0..1."""
        return len(self.chunks) * self.figures.start_seconds / self.worker_seconds

    @property
    def longest_chunk_seconds(self) -> float:
        """No number of workers is done before this."""
        return self.figures.chunk_seconds(max(self.chunks))

    def seconds_with(self, workers: int) -> float:
        """How long so many workers take, each taking the next chunk when it has none."""
        busy = [0.0] * min(workers, len(self.chunks))
        for frames in self.chunks:
            heapq.heapreplace(busy, busy[0] + self.figures.chunk_seconds(frames))
        return max(busy)


def frames_per_chunk(frames: int, figures: Figures, share: float = MOST_STARTING) -> int:
    """The least frames a chunk that keep starting below `share` of a shot's work, evened out.

    A shot with fewer frames than that is one chunk.
    """
    limit = figures.start_seconds * (1 - share) / (share * figures.frame_seconds)
    least = math.floor(limit * _ROUNDED_UP) + 1
    return math.ceil(frames / max(1, frames // least))


def chunk_lengths(frames: int, per_chunk: int) -> tuple[int, ...]:
    """How many frames each chunk of a shot has; the last may have fewer."""
    whole, rest = divmod(frames, per_chunk)
    return (per_chunk,) * whole + ((rest,) if rest else ())


def estimate(shots: Sequence[tuple[int, int]], figures: Figures) -> Estimate:
    """The estimate for shots, each of so many frames in chunks of so many."""
    chunks = [length for frames, size in shots for length in chunk_lengths(frames, size)]
    return Estimate(figures, tuple(chunks))
